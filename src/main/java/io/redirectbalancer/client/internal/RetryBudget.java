package io.redirectbalancer.client.internal;

import io.redirectbalancer.client.RetryBudgetOptions;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The token bucket of {@link RetryBudgetOptions}, counted in thousandths of a token as gRPC does.
 * Thread-safe.
 */
final class RetryBudget {
  private static final int SCALE = 1000;

  private final int max;
  private final int ratio;
  private final AtomicInteger tokens;

  RetryBudget(RetryBudgetOptions options) {
    max = Math.multiplyExact(options.tokens(), SCALE);
    ratio = (int) Math.round(options.ratio() * SCALE);
    tokens = new AtomicInteger(max);
  }

  /** Records an attempt that a backend answered. */
  void succeeded() {
    // Nearly always full: skip a write that all threads would contend for.
    if (tokens.get() < max) {
      tokens.accumulateAndGet(ratio, (count, given) -> Math.min(max, count + given));
    }
  }

  /** Records a failed attempt; returns whether another may follow. */
  boolean failed() {
    return tokens.accumulateAndGet(SCALE, (count, taken) -> Math.max(0, count - taken)) > max / 2;
  }
}
