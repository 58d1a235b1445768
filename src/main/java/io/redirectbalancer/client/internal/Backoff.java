package io.redirectbalancer.client.internal;

import io.redirectbalancer.client.RetryOptions;
import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * Computes the delay before the next attempt.
 *
 * @param random values from 0 (inclusive) to 1 (exclusive)
 */
record Backoff(RetryOptions options, DoubleSupplier random) {
  private static final double JITTER = 0.2;

  /**
   * Returns the delay after this many attempts (at least 1), never more than the longest, even with
   * jitter.
   */
  Duration delay(int attempts) {
    double max = options.maxDelay().toNanos();
    double nanos = Math.pow(options.delayFactor(), attempts - 1.0) * options.firstDelay().toNanos();
    nanos = Math.min(nanos, max);
    if (options.jitter()) {
      nanos *= 1 - JITTER + 2 * JITTER * random.getAsDouble();
    }
    return Duration.ofNanos((long) Math.min(nanos, max));
  }
}
