package io.redirectbalancer.client.internal;

import io.grpc.Deadline;
import io.redirectbalancer.transport.Transport;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A client's clock and timer; tests pass in one that they advance.
 *
 * @param shutdown stops the timer if the client owns it
 */
public record Timing(Deadline.Ticker ticker, ScheduledExecutorService timer, Runnable shutdown) {
  /**
   * Returns the system's time with a timer thread, the only thread that a client starts. It starts
   * with the first task; shutdown ends it and drops pending tasks.
   */
  static Timing system() {
    var timer = new ScheduledThreadPoolExecutor(1, TimerThread::new);
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return new Timing(Deadline.getSystemTicker(), timer, timer::shutdown);
  }

  /** Returns the system's time with a shared timer. */
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

  /** Whether the current thread is one that a client's calls need to complete. */
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
