package io.redirectbalancer.control.lock;

import java.time.Duration;

/** A moment by this process's monotonic clock, up to which something may take. */
final class Limit {
  private static final int MIN_ANSWER_MILLIS = 200;

  private final long end;

  private Limit(long end) {
    this.end = end;
  }

  static Limit in(Duration duration) {
    return new Limit(System.nanoTime() + duration.toNanos());
  }

  /** Returns what remains, at least 0. */
  Duration left() {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  /**
   * Returns how many milliseconds to wait for a server's answer: what remains, but long enough for
   * a server that is well. The last look at a lock must not pass for an outage.
   */
  int answerMillis() {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(MIN_ANSWER_MILLIS, left().toMillis()));
  }

  boolean reached() {
    return end - System.nanoTime() <= 0;
  }

  /** Returns the earlier of this limit and one from now on. */
  Limit orIn(Duration duration) {
    long other = System.nanoTime() + duration.toNanos();
    return other - end < 0 ? new Limit(other) : this;
  }
}
