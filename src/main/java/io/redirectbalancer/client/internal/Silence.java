package io.redirectbalancer.client.internal;

/**
 * How long nothing has come, although something was asked. Waits that overlap count once, and the
 * time between them not at all: who is not asked need not answer. Thread-safe.
 */
final class Silence {
  private volatile boolean begun;
  private long nanos;
  private long countedUntilNanos;

  /** Adds a wait that has just ended without an answer, and returns the sum. */
  synchronized long add(long waitedNanos, long nowNanos) {
    nanos += begun ? Math.min(waitedNanos, nowNanos - countedUntilNanos) : waitedNanos;
    countedUntilNanos = nowNanos;
    begun = true;
    return nanos;
  }

  /** Something came. */
  void end() {
    if (begun) { // Seldom, so that answers need no lock.
      clear();
    }
  }

  private synchronized void clear() {
    begun = false;
    nanos = 0;
  }
}
