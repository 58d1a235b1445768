package io.redirectbalancer.control.lock;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Locks in this process, for tests of what uses locks. First come, first served. */
public final class InMemoryLocks implements Locks {
  private final Service service;
  private final Renewals renewals;

  /** Creates locks that nobody else shares. */
  public InMemoryLocks() {
    this(new Service(), LockServices.LEASE, Renewals.newScheduler());
  }

  InMemoryLocks(Service service, Duration lease, ScheduledExecutorService scheduler) {
    this.service = service;
    renewals = new Renewals(lease, scheduler);
  }

  @Override
  public Lock acquire(String name, Duration patience) throws LockException, InterruptedException {
    Entry entry = new Entry(name);
    Lease lease = new Lease(name, entry, renewals);
    lease.start(entry.take(Limit.in(patience)));
    return lease;
  }

  @Override
  public void check(Duration limit) throws LockException {
    service.check();
  }

  @Override
  public void close() {
    renewals.close();
  }

  /** What instances share. */
  static final class Service {
    private final Map<String, Entry> holders = new HashMap<>();
    private final Map<String, Deque<Entry>> queues = new HashMap<>();
    private boolean down;

    synchronized void setDown(boolean down) {
      this.down = down;
    }

    /** Forgets holders and waiters, who queue up again. */
    synchronized void empty() {
      holders.clear();
      queues.clear();
      notifyAll();
    }

    synchronized int waiting(String name) {
      return queue(name).size();
    }

    private synchronized void check() throws LockException {
      if (down) {
        throw LockException.unavailable("the memory does not answer", new IllegalStateException());
      }
    }

    private Deque<Entry> queue(String name) {
      return queues.computeIfAbsent(name, unused -> new ArrayDeque<>());
    }
  }

  private final class Entry implements Holding {
    private final String name;
    private long expires;

    Entry(String name) {
      this.name = name;
    }

    /** Returns when it was taken. */
    long take(Limit limit) throws LockException, InterruptedException {
      synchronized (service) {
        service.check();
        try {
          while (true) {
            if (!service.queue(name).contains(this)) {
              service.queue(name).add(this);
            }
            long now = System.nanoTime();
            Entry holder = service.holders.get(name);
            if (service.queue(name).peek() == this
                && (holder == null || holder.expires - now < 0)) {
              service.holders.put(name, this);
              expires = now + renewals.lease().toNanos();
              return now;
            }
            if (limit.reached()) {
              throw LockException.busy("another change of " + name + " is under way");
            }
            long rest = holder == null ? Long.MAX_VALUE : holder.expires - now;
            long wait = Math.min(limit.left().toNanos(), rest);
            TimeUnit.NANOSECONDS.timedWait(service, Math.max(1_000_000, wait));
          }
        } finally {
          service.queue(name).remove(this);
          service.notifyAll();
        }
      }
    }

    @Override
    public boolean renew(Limit limit) throws LockException {
      synchronized (service) {
        service.check();
        expires = System.nanoTime() + renewals.lease().toNanos();
        return service.holders.get(name) == this;
      }
    }

    @Override
    public void release(Limit limit, Runnable failed) throws LockException {
      synchronized (service) {
        service.check();
        service.holders.remove(name, this);
        service.notifyAll();
      }
    }
  }
}
