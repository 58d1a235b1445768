package io.redirectbalancer.control;

import io.redirectbalancer.control.lock.LockException;
import io.redirectbalancer.control.lock.Locks;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Locks within this process. */
final class MemoryLocks implements Locks {
  final List<String> acquired = new CopyOnWriteArrayList<>();
  final List<Duration> patiences = new CopyOnWriteArrayList<>();
  volatile boolean available = true;
  private final Map<String, Semaphore> locks = new ConcurrentHashMap<>();

  @Override
  public Lock acquire(String name, Duration patience) throws LockException, InterruptedException {
    check(patience);
    acquired.add(name);
    patiences.add(patience);
    Semaphore semaphore = locks.computeIfAbsent(name, unused -> new Semaphore(1, true));
    if (!semaphore.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
      throw LockException.busy("the lock " + name + " was not free in time");
    }
    AtomicBoolean held = new AtomicBoolean(true);
    return new Lock() {
      @Override
      public boolean isHeld() {
        return held.get();
      }

      @Override
      public void close() {
        if (held.getAndSet(false)) {
          semaphore.release();
        }
      }
    };
  }

  @Override
  public void check(Duration limit) throws LockException {
    if (!available) {
      throw LockException.unavailable("redis: connection refused", new IllegalStateException());
    }
  }

  @Override
  public void close() {}
}
