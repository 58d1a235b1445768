package io.redirectbalancer.client;

import io.grpc.Status;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * When a failed call is retried. The delay before the second attempt is {@code firstDelay}; each
 * further delay is the previous one times {@code delayFactor}, at most {@code maxDelay}.
 *
 * @param attempts attempts per call, the first one included: 1 to 100
 * @param jitter whether delays vary at random by a fifth, so that callers do not retry in lockstep
 * @param statuses statuses after which a call is retried: at least one, neither OK nor CANCELLED
 */
public record RetryOptions(
    int attempts,
    Duration firstDelay,
    double delayFactor,
    Duration maxDelay,
    boolean jitter,
    Set<Status.Code> statuses) {
  /** Statuses that may differ next time, or on another backend. */
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

  /** Creates options that retry after the default statuses. */
  public RetryOptions(
      int attempts, Duration firstDelay, double delayFactor, Duration maxDelay, boolean jitter) {
    this(attempts, firstDelay, delayFactor, maxDelay, jitter, TRANSIENT);
  }

  /** Returns the same options with this number of attempts. */
  public RetryOptions withAttempts(int count) {
    return new RetryOptions(count, firstDelay, delayFactor, maxDelay, jitter, statuses);
  }

  /** Returns the same options, retrying only after these statuses. */
  public RetryOptions withStatuses(Set<Status.Code> codes) {
    return new RetryOptions(attempts, firstDelay, delayFactor, maxDelay, jitter, codes);
  }
}
