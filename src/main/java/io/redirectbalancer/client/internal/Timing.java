package io.redirectbalancer.client.internal;

import dev.failsafe.spi.DefaultScheduledFuture;
import dev.failsafe.spi.Scheduler;
import io.grpc.Deadline;
import io.redirectbalancer.transport.Transport;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The time that a client goes by and what it does later; tests pass in one that they advance.
 *
 * @param scheduler runs at once, on the caller's thread, what has no delay
 */
public record Timing(Deadline.Ticker ticker, Scheduler scheduler, Runnable shutdown) {
  /** The system's time, with a thread of its own for what is done later. */
  static Timing system() {
    var timer = new ScheduledThreadPoolExecutor(1, TimerThread::new);
    timer.setRemoveOnCancelPolicy(true);
    return system(timer, timer::shutdown);
  }

  /** The system's time, with what is done later done by a timer that others use, too. */
  static Timing system(ScheduledExecutorService timer) {
    return system(timer, () -> {});
  }

  private static Timing system(ScheduledExecutorService timer, Runnable shutdown) {
    return new Timing(
        Deadline.getSystemTicker(),
        (task, delay, unit) -> delay <= 0 ? runNow(task) : timer.schedule(task, delay, unit),
        shutdown);
  }

  /** Runs a task at once, as a schedule without delay. */
  static ScheduledFuture<?> runNow(Callable<?> task) {
    try {
      task.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return new DefaultScheduledFuture<>();
  }

  long nanoTime() {
    return ticker.nanoTime();
  }

  /** Runs the task after the delay. */
  ScheduledFuture<?> schedule(Runnable task, long delayNanos) {
    return scheduler.schedule(
        () -> {
          task.run();
          return null;
        },
        delayNanos,
        TimeUnit.NANOSECONDS);
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
