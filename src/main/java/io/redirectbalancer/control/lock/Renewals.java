package io.redirectbalancer.control.lock;

import io.redirectbalancer.transport.LogLimit;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs what becomes due for the locks of one process, on one thread. Thread-safe. */
final class Renewals implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Renewals.class);

  private final ScheduledExecutorService scheduler;
  private final Duration lease;
  private final LogLimit logLimit = new LogLimit();

  /**
   * Takes over the scheduler.
   *
   * @param lease how long a lock is held without renewal
   */
  Renewals(Duration lease, ScheduledExecutorService scheduler) {
    this.lease = lease;
    this.scheduler = scheduler;
  }

  /** Returns a scheduler with one thread, which starts with its first task. */
  static ScheduledExecutorService newScheduler() {
    ScheduledThreadPoolExecutor scheduler =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "lock-renewal");
              thread.setDaemon(true);
              return thread;
            });
    // Most locks are released long before they are renewed.
    scheduler.setRemoveOnCancelPolicy(true);
    return scheduler;
  }

  Duration lease() {
    return lease;
  }

  /** Runs the task later; never, once this is closed. */
  @Nullable Future<?> schedule(Runnable task, Duration delay) {
    try {
      return scheduler.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      return null;
    }
  }

  /** Logs at most once a second. */
  void warn(String message, String lock, @Nullable String error) {
    if (logLimit.passes()) {
      var event = log.atWarn().addKeyValue("lock", lock);
      (error == null ? event : event.addKeyValue("error.message", error)).log(message);
    }
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
  }
}
