package io.redirectbalancer.client;

import java.time.Duration;

/**
 * When a {@link CircuitBreaker} changes its state.
 *
 * @param failures failures in a row that open it, at least 1
 * @param openTime how long it rejects calls before it tries again
 * @param successes successes in a row that close it when half-open, at least 1
 * @param memory time without a failure after which the count is reset to zero
 */
public record BreakerOptions(int failures, Duration openTime, int successes, Duration memory) {
  /** 5 failures, 30 s, 2 successes, 60 s. */
  public static final BreakerOptions DEFAULT =
      new BreakerOptions(5, Duration.ofSeconds(30), 2, Duration.ofSeconds(60));

  public BreakerOptions {
    Checks.range("failures", failures, 1, 1_000_000);
    Checks.positive("open time", openTime);
    Checks.range("successes", successes, 1, 1_000_000);
    Checks.positive("memory", memory);
  }
}
