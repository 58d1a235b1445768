package io.redirectbalancer.client;

import io.grpc.Status;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * When a call that failed is tried again. The delay before the second attempt is {@code
 * firstDelay}; each further one is the last one times {@code delayFactor}, never more than {@code
 * maxDelay}.
 *
 * @param attempts how often a call is tried, the first time included: 1 to 100
 * @param jitter whether delays vary at random by a fifth, so that callers do not retry in step
 * @param statuses after which a call is tried again: at least one, neither OK nor CANCELLED
 */
public record RetryOptions(
    int attempts,
    Duration firstDelay,
    double delayFactor,
    Duration maxDelay,
    boolean jitter,
    Set<Status.Code> statuses) {
  /** What may be different next time, or on another backend. */
  private static final Set<Status.Code> TRANSIENT =
      EnumSet.of(
          Status.Code.UNAVAILABLE,
          Status.Code.DEADLINE_EXCEEDED,
          Status.Code.RESOURCE_EXHAUSTED,
          Status.Code.ABORTED,
          Status.Code.INTERNAL);

  /**
   * 3 attempts, 100 ms, twice as long each time, 5 s at most, with jitter, after UNAVAILABLE,
   * DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED and INTERNAL.
   */
  public static final RetryOptions DEFAULT =
      new RetryOptions(3, Duration.ofMillis(100), 2, Duration.ofSeconds(5), true);

  public RetryOptions {
    Checks.range("attempts", attempts, 1, 100);
    Checks.notNegative("first delay", firstDelay);
    Checks.range("delay factor", delayFactor, 1, 100);
    Checks.notNegative("longest delay", maxDelay);
    Objects.requireNonNull(statuses, "statuses");
    Checks.check(
        !statuses.isEmpty()
            && !statuses.contains(Status.Code.OK)
            && !statuses.contains(Status.Code.CANCELLED),
        "statuses",
        statuses,
        "at least one, neither OK nor CANCELLED");
    statuses = Collections.unmodifiableSet(EnumSet.copyOf(statuses));
  }

  /** Retries after the default's statuses. */
  public RetryOptions(
      int attempts, Duration firstDelay, double delayFactor, Duration maxDelay, boolean jitter) {
    this(attempts, firstDelay, delayFactor, maxDelay, jitter, TRANSIENT);
  }

  /** The same with another number of attempts. */
  public RetryOptions withAttempts(int count) {
    return new RetryOptions(count, firstDelay, delayFactor, maxDelay, jitter, statuses);
  }

  /** The same with retries after these statuses only. */
  public RetryOptions withStatuses(Set<Status.Code> codes) {
    return new RetryOptions(attempts, firstDelay, delayFactor, maxDelay, jitter, codes);
  }
}
