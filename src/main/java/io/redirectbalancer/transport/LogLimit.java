package io.redirectbalancer.transport;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Limits logging of events that clients can cause to one a second. Thread-safe. */
public final class LogLimit {
  private static final long INTERVAL_NANOS = 1_000_000_000;

  private final LongSupplier nanoTime;
  private final AtomicLong next;

  /** Uses the system's clock. */
  public LogLimit() {
    this(System::nanoTime);
  }

  /** Uses the given clock, in nanoseconds from any origin. */
  public LogLimit(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    next = new AtomicLong(nanoTime.getAsLong());
  }

  /** Whether the event may be logged; if so, the second starts anew. */
  public boolean passes() {
    long now = nanoTime.getAsLong();
    long due = next.get();
    return now - due >= 0 && next.compareAndSet(due, now + INTERVAL_NANOS);
  }
}
