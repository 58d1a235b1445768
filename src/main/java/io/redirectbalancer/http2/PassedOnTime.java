package io.redirectbalancer.http2;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How much of an event loop's time calls take that are passed on. One of them costs as much as ten
 * Redirect calls or more, so they have a part of the time: beyond it, connections with such calls
 * wait for each other, and those without do not wait for them.
 *
 * <p>One per event loop, used only there.
 */
final class PassedOnTime implements Runnable {
  /** One part in so many is theirs. */
  static final int PARTS = 4;

  /** What may be spent at once after a while without such calls. */
  static final long MAX_CREDIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Timer timer;
  private final LongSupplier nanoTime;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

  private boolean inside;
  private boolean scheduled;

  /** What has been spent beyond the part; negative if some of it is left. */
  private long debtNanos;

  private long debtAt;

  /** The event loop's. */
  @FunctionalInterface
  interface Timer {
    void schedule(Runnable task, long nanos);
  }

  PassedOnTime(Timer timer, LongSupplier nanoTime) {
    this.timer = timer;
    this.nanoTime = nanoTime;
    debtAt = nanoTime.getAsLong();
  }

  /** Does something for such a call, at once; what it takes counts. */
  void spend(Runnable task) {
    if (inside) {
      task.run();
      return;
    }
    inside = true;
    long begun = nanoTime.getAsLong();
    try {
      task.run();
    } finally {
      inside = false;
      long now = nanoTime.getAsLong();
      debtNanos += now - begun;
      pay(now);
    }
  }

  /** Whether the part is used up. */
  boolean isUsedUp() {
    return debtNanos > 0;
  }

  /** Does something that need not be done at once, or that a connection waits for. */
  void spendLater(Runnable task) {
    waiting.add(task);
    if (isUsedUp() || inside) {
      schedule();
    } else {
      run();
    }
  }

  @Override
  public void run() {
    scheduled = false;
    pay(nanoTime.getAsLong());
    // A connection goes to the end when it has used up what there is.
    while (!waiting.isEmpty() && !isUsedUp()) {
      spend(waiting.remove());
    }
    schedule();
  }

  private void schedule() {
    if (!scheduled && !waiting.isEmpty()) {
      scheduled = true;
      timer.schedule(this, Math.max(debtNanos, 0) * PARTS + 1);
    }
  }

  private void pay(long now) {
    debtNanos = Math.max(debtNanos - (now - debtAt) / PARTS, -MAX_CREDIT_NANOS);
    debtAt = now;
  }
}
