package io.redirectbalancer.routing;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Applies and counts {@link OriginProtection}. One instance outlives tables and changes of health,
 * so that a limit holds across them. Used only while CDNs are down. Thread-safe.
 */
final class OriginShield {
  private static final long SECOND_NANOS = 1_000_000_000;

  private final LongSupplier nanoTime;
  private final Queue<Long> toOrigin;
  private final LongAdder inPanic = new LongAdder();
  private long beyondMax;

  /** With a clock that may start anywhere, like {@link System#nanoTime}. */
  OriginShield(LongSupplier nanoTime) {
    this(nanoTime, new ArrayDeque<>(), 0);
  }

  private OriginShield(LongSupplier nanoTime, Queue<Long> toOrigin, long beyondMax) {
    this.nanoTime = nanoTime;
    this.toOrigin = toOrigin;
    this.beyondMax = beyondMax;
  }

  /**
   * Takes a place among a second's calls to the origin. The second is any one that ends now, not
   * one of the clock's, of which two halves could hold twice as many.
   *
   * @param own whether it is the origin's own turn, which gets a place in any case
   * @return 0 for a place, otherwise which call this is of all those that got none, from 1
   */
  synchronized long take(int maxPerSecond, boolean own) {
    long now = nanoTime.getAsLong();
    for (Long first = toOrigin.peek(); first != null; first = toOrigin.peek()) {
      if (now - first < SECOND_NANOS) {
        break;
      }
      toOrigin.remove();
    }
    if (own || toOrigin.size() < maxPerSecond) {
      toOrigin.add(now);
      return 0;
    }
    return ++beyondMax;
  }

  /** Counts a call that was decided in panic. */
  void addInPanic() {
    inPanic.increment();
  }

  long count(OriginProtection.Reason reason) {
    return switch (reason) {
      case MAX_PER_SECOND -> beyondMax();
      case PANIC -> inPanic.sum();
    };
  }

  private synchronized long beyondMax() {
    return beyondMax;
  }

  /** The same at this moment, where time stands still, counting by itself. */
  synchronized OriginShield copy() {
    long now = nanoTime.getAsLong();
    return new OriginShield(() -> now, new ArrayDeque<>(toOrigin), beyondMax);
  }
}
