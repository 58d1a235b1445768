package io.redirectbalancer.client;

import java.time.Duration;

/**
 * When a call that failed is tried again. The delay before the second attempt is {@code
 * firstDelay}; each further one is the last one times {@code delayFactor}, never more than {@code
 * maxDelay}.
 *
 * @param attempts how often a call is tried, the first time included: 1 to 100
 * @param jitter whether delays vary at random by a fifth, so that callers do not retry in step
 */
public record RetryOptions(
    int attempts, Duration firstDelay, double delayFactor, Duration maxDelay, boolean jitter) {
  /** 3 attempts, 100 ms, twice as long each time, 5 s at most, with jitter. */
  public static final RetryOptions DEFAULT =
      new RetryOptions(3, Duration.ofMillis(100), 2, Duration.ofSeconds(5), true);

  public RetryOptions {
    Checks.range("attempts", attempts, 1, 100);
    Checks.notNegative("first delay", firstDelay);
    Checks.range("delay factor", delayFactor, 1, 100);
    Checks.notNegative("longest delay", maxDelay);
  }

  /** The same with another number of attempts. */
  public RetryOptions withAttempts(int count) {
    return new RetryOptions(count, firstDelay, delayFactor, maxDelay, jitter);
  }
}
