package io.redirectbalancer.control;

import io.redirectbalancer.control.lock.LockException;
import io.redirectbalancer.control.lock.Locks;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.control.store.StoreException;
import io.redirectbalancer.control.store.Tables;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Whether the database and, if wanted, the lock service answer. Both are asked every second in the
 * background, so that the answer is there at once, whatever hangs. Thread-safe.
 */
public final class DependencyHealth implements Supplier<String>, AutoCloseable {
  private static final Duration LIMIT = Duration.ofMillis(800);
  private static final long INTERVAL_MILLIS = 1_000;

  /** A check that takes longer hangs. */
  private static final long HANGS_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final List<Check> checks = new ArrayList<>();
  private final ScheduledThreadPoolExecutor executor;
  private final LongSupplier nanoTime;

  private DependencyHealth(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    executor = new ScheduledThreadPoolExecutor(2, DependencyHealth::newThread);
  }

  /** Creates checks of the database. */
  public static DependencyHealth of(Store store) {
    return of(store, System::nanoTime);
  }

  static DependencyHealth of(Store store, LongSupplier nanoTime) {
    var health = new DependencyHealth(nanoTime);
    health.checks.add(
        health
        .new Check(
            "db error",
            () -> {
              try {
                store.read(LIMIT, Tables::generation);
                return "";
              } catch (StoreException e) {
                return String.valueOf(e.getMessage());
              }
            }));
    return health;
  }

  /** Adds checks of the lock service. */
  public DependencyHealth and(Locks locks) {
    checks.add(
        new Check(
            "external error",
            () -> {
              try {
                locks.check(LIMIT);
                return "";
              } catch (LockException e) {
                return String.valueOf(e.getMessage());
              }
            }));
    return this;
  }

  /** Starts the checks. */
  public DependencyHealth start() {
    for (Check check : checks) {
      var unused =
          executor.scheduleWithFixedDelay(check, 0, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }
    return this;
  }

  /** Returns the first check's error, such as {@code db error: connection refused}, or nothing. */
  @Override
  public String get() {
    return checks.stream()
        .map(Check::error)
        .filter(error -> !error.isEmpty())
        .findFirst()
        .orElse("");
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }

  private final class Check implements Runnable {
    private final String name;
    private final Supplier<String> question;
    private volatile String last = "not asked yet";
    private volatile long answeredNanos = nanoTime.getAsLong();

    Check(String name, Supplier<String> question) {
      this.name = name;
      this.question = question;
    }

    @Override
    public void run() {
      try {
        last = question.get();
      } catch (RuntimeException e) {
        last = "unexpected: " + e.getClass().getSimpleName();
      }
      answeredNanos = nanoTime.getAsLong();
    }

    String error() {
      String error =
          nanoTime.getAsLong() - answeredNanos > HANGS_NANOS ? "no answer for 3 s" : last;
      return error.isEmpty() ? "" : name + ": " + error;
    }
  }

  private static Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "control-health");
    thread.setDaemon(true);
    return thread;
  }
}
