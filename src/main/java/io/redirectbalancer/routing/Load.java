package io.redirectbalancer.routing;

import java.util.concurrent.atomic.AtomicLong;

/** A CDN's load: the connections it reported, and the calls it got since. Thread-safe. */
final class Load {
  private final AtomicLong count;
  private final long expiresAtNanos;

  Load(long connections, long expiresAtNanos) {
    this.count = new AtomicLong(connections);
    this.expiresAtNanos = expiresAtNanos;
  }

  /** The same, counting by itself from now on. */
  Load copy() {
    return new Load(count.get(), expiresAtNanos);
  }

  /** Whether the report has expired; what has is as good as none. */
  boolean hasExpired(long nanoTime) {
    return nanoTime - expiresAtNanos >= 0;
  }

  AtomicLong count() {
    return count;
  }
}
