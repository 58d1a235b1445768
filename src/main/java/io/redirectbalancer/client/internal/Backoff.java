package io.redirectbalancer.client.internal;

import io.redirectbalancer.client.RetryOptions;
import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long to wait before the next attempt.
 *
 * @param random from 0 (inclusive) to 1
 */
record Backoff(RetryOptions options, DoubleSupplier random) {
  private static final double JITTER = 0.2;

  /** The delay after so many attempts, at least 1; with jitter, too, no more than the longest. */
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
