package io.redirectbalancer.client.internal;

/**
 * Measures how long requests have gone unanswered. Overlapping waits count once, and the time
 * between waits does not count: nothing was asked then. Thread-safe.
 */
final class Silence {
  private volatile boolean begun;
  private long nanos;
  private long countedUntilNanos;

  /** Adds a wait that has just ended without an answer; returns the sum. */
  synchronized long add(long waitedNanos, long nowNanos) {
    nanos += begun ? Math.min(waitedNanos, nowNanos - countedUntilNanos) : waitedNanos;
    countedUntilNanos = nowNanos;
    begun = true;
    return nanos;
  }

  /** Ends the silence: something came. */
  void end() {
    if (begun) { // Rarely true, so answers need no lock.
      clear();
    }
  }

  private synchronized void clear() {
    begun = false;
    nanos = 0;
  }
}
