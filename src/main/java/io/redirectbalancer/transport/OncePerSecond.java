package io.redirectbalancer.transport;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Lets one through a second, of what others can cause without end. Thread-safe. */
public final class OncePerSecond {
  private static final long SECOND = 1_000_000_000;

  private final LongSupplier nanoTime;
  private final AtomicLong last;

  public OncePerSecond() {
    this(System::nanoTime);
  }

  /** Takes the time from there. */
  public OncePerSecond(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.last = new AtomicLong(nanoTime.getAsLong() - SECOND);
  }

  /** Returns whether this one is let through. */
  public boolean passes() {
    long now = nanoTime.getAsLong();
    long before = last.get();
    return now - before >= SECOND && last.compareAndSet(before, now);
  }
}
