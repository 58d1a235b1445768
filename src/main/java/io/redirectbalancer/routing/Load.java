package io.redirectbalancer.routing;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/** A CDN's load: the connections it reported, and the calls it got since. Thread-safe. */
final class Load {
  private static final AtomicLongFieldUpdater<Load> COUNT =
      AtomicLongFieldUpdater.newUpdater(Load.class, "count");

  private volatile long count;
  private final long expiresAtNanos;

  Load(long connections, long expiresAtNanos) {
    this.count = connections;
    this.expiresAtNanos = expiresAtNanos;
  }

  /** The same, counting by itself from now on. */
  Load copy() {
    return new Load(count, expiresAtNanos);
  }

  /** Whether the report has expired; what has is as good as none. */
  boolean hasExpired(long nanoTime) {
    return nanoTime - expiresAtNanos >= 0;
  }

  long count() {
    return count;
  }

  void addCall() {
    COUNT.getAndIncrement(this);
  }
}
