package io.redirectbalancer.http2;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a server's connections hold in all. Bytes are counted in steps, so that a usual call does
 * not touch what event loops share. Thread-safe.
 */
final class Totals {
  /** A connection's bytes are rounded up to a multiple of this. */
  static final int STEP_BYTES = 8 * 1024;

  private final Limits limits;
  private final AtomicLong heldBytes = new AtomicLong();
  private final Set<Connection> holders = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final AtomicInteger otherCalls = new AtomicInteger();

  Totals(Limits limits) {
    this.limits = limits;
  }

  /** A connection now counts by so much more, or less. */
  void change(Connection connection, int from, int to) {
    if (to == 0) {
      holders.remove(connection);
    } else if (from == 0) {
      holders.add(connection);
    }
    if (heldBytes.addAndGet(to - from) > limits.heldBytesInAll() && to > from) {
      closeHeaviest();
    }
  }

  /** Closes the connection that holds most; one at a time, since that makes room. */
  private void closeHeaviest() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    Connection heaviest = null;
    for (Connection holder : holders) {
      if (heaviest == null || holder.countedBytes() > heaviest.countedBytes()) {
        heaviest = holder;
      }
    }
    if (heaviest == null) {
      closing.set(false);
      return;
    }
    Connection chosen = heaviest;
    chosen.execute(
        () -> {
          closing.set(false);
          chosen.closeForMemory();
        });
  }

  /** Whether there may be another call of a method that is passed on; if so, it counts. */
  boolean addOtherCall() {
    if (otherCalls.incrementAndGet() > limits.otherCallsInAll()) {
      otherCalls.decrementAndGet();
      return false;
    }
    return true;
  }

  void removeOtherCall() {
    otherCalls.decrementAndGet();
  }
}
