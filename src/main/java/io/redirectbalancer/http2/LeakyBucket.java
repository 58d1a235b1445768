package io.redirectbalancer.http2;

/**
 * Takes so many units at once, and as many again over the time in which it runs empty. Its level is
 * one number: the time at which it will be empty.
 */
final class LeakyBucket {
  private final long capacityNanos;
  private final long nanosPerUnit;
  private long emptyAt;

  /**
   * @param units that fit in
   * @param nanos in which a full bucket runs empty
   */
  LeakyBucket(int units, long nanos, long now) {
    nanosPerUnit = nanos / units;
    capacityNanos = nanosPerUnit * units;
    emptyAt = now;
  }

  /** Adds a unit; returns whether it fits in. */
  boolean add(long now) {
    emptyAt = (emptyAt - now < 0 ? now : emptyAt) + nanosPerUnit;
    return emptyAt - now <= capacityNanos;
  }

  /** Takes units out, as far as there are any. */
  void take(int units) {
    emptyAt -= units * nanosPerUnit;
  }
}
