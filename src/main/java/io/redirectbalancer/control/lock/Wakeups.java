package io.redirectbalancer.control.lock;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Wakes those that wait in this process for a lock that was released in it. Thread-safe. */
final class Wakeups {
  private final Map<String, Set<Waiter>> waiting = new HashMap<>();

  /** Starts to notice releases. */
  Waiter register(String name) {
    Waiter waiter = new Waiter(name);
    synchronized (waiting) {
      waiting.computeIfAbsent(name, unused -> new HashSet<>()).add(waiter);
    }
    return waiter;
  }

  void wake(String name) {
    synchronized (waiting) {
      waiting.getOrDefault(name, Set.of()).forEach(waiter -> waiter.woken.release());
    }
  }

  /** One that waits. */
  final class Waiter implements AutoCloseable {
    private final String name;
    private final Semaphore woken = new Semaphore(0);

    private Waiter(String name) {
      this.name = name;
    }

    /** Waits for a release since the last call, or for the time to pass. */
    void await(Duration time) throws InterruptedException {
      if (woken.tryAcquire(time.toNanos(), TimeUnit.NANOSECONDS)) {
        woken.drainPermits();
      }
    }

    @Override
    public void close() {
      synchronized (waiting) {
        waiting.computeIfPresent(
            name,
            (unused, waiters) -> {
              waiters.remove(this);
              return waiters.isEmpty() ? null : waiters;
            });
      }
    }
  }
}
