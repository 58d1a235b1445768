package io.redirectbalancer.client.internal;

import io.grpc.Deadline;
import io.redirectbalancer.transport.Transport;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The time that a client goes by and what it does later; tests pass in one that they advance.
 *
 * @param shutdown ends the timer if it is the client's own
 */
public record Timing(Deadline.Ticker ticker, ScheduledExecutorService timer, Runnable shutdown) {
  /**
   * The system's time, with a thread of its own for what is done later: the only one that a client
   * starts. It starts with the first task and ends when it is shut down, whatever is still to come.
   */
  static Timing system() {
    var timer = new ScheduledThreadPoolExecutor(1, TimerThread::new);
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return new Timing(Deadline.getSystemTicker(), timer, timer::shutdown);
  }

  /** The system's time, with what is done later done by a timer that others use, too. */
  static Timing system(ScheduledExecutorService timer) {
    return new Timing(Deadline.getSystemTicker(), timer, () -> {});
  }

  long nanoTime() {
    return ticker.nanoTime();
  }

  /** Runs the task after the delay. */
  ScheduledFuture<?> schedule(Runnable task, long delayNanos) {
    return timer.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
  }

  /** Whether the caller runs on a thread that the calls of a client need to come to their end. */
  static boolean onClientThread() {
    return Thread.currentThread() instanceof TimerThread || Transport.onEventLoop();
  }

  private static final class TimerThread extends Thread {
    TimerThread(Runnable task) {
      super(task, "redirect-client-timer");
      setDaemon(true);
    }
  }
}
