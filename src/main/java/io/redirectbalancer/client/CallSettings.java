package io.redirectbalancer.client;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Overrides of the client's options for one call; {@link #DEFAULT} overrides nothing.
 *
 * @param operation selects one of the deadlines of {@link RedirectClientOptions}
 * @param write whether the call must not take effect twice: it is then retried only if no backend
 *     can have acted on it
 * @param retry attempts and delays; empty for the client's
 * @param deadline how long the call may take, attempts and delays included; empty for the client's
 * @param failOpen whether the origin URL is acceptable when nothing else is left; empty for the
 *     client's
 * @param via comma-separated proxies that have forwarded the call; backends get them in the header
 *     {@code redirect-via}, so that a proxy detects a call that loops back to it
 * @param callersDeadline how long the original caller still waits; the call ends by then, even if
 *     its own deadline is later
 */
public record CallSettings(
    String operation,
    boolean write,
    Optional<RetryOptions> retry,
    Optional<Duration> deadline,
    Optional<Boolean> failOpen,
    Optional<String> via,
    Optional<Duration> callersDeadline) {
  /** Settings of a Redirect that follows the client's options. */
  public static final CallSettings DEFAULT = operation("redirect");

  public CallSettings {
    Objects.requireNonNull(operation, "operation");
    Objects.requireNonNull(retry, "retry");
    Objects.requireNonNull(deadline, "deadline");
    Objects.requireNonNull(failOpen, "failOpen");
    Objects.requireNonNull(via, "via");
    Objects.requireNonNull(callersDeadline, "callersDeadline");
    deadline.ifPresent(limit -> Checks.positive("deadline", limit));
  }

  /** Returns settings for the named operation; all else follows the client's options. */
  public static CallSettings operation(String name) {
    return new CallSettings(
        name,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Returns the same settings for a call that must not take effect twice. */
  public CallSettings asWrite() {
    return new CallSettings(operation, true, retry, deadline, failOpen, via, callersDeadline);
  }

  /** Returns the same settings with these attempts and delays. */
  public CallSettings withRetry(RetryOptions options) {
    return new CallSettings(
        operation,
        write,
        Optional.of(Objects.requireNonNull(options, "retry")),
        deadline,
        failOpen,
        via,
        callersDeadline);
  }

  /** Returns the same settings with this deadline. */
  public CallSettings withDeadline(Duration limit) {
    return new CallSettings(
        operation,
        write,
        retry,
        Optional.of(Objects.requireNonNull(limit, "deadline")),
        failOpen,
        via,
        callersDeadline);
  }

  /** Returns the same settings with or without failing open. */
  public CallSettings withFailOpen(boolean allowed) {
    return new CallSettings(
        operation, write, retry, deadline, Optional.of(allowed), via, callersDeadline);
  }

  /** Returns the same settings for a call that these proxies have forwarded. */
  public CallSettings withVia(String proxies) {
    return new CallSettings(
        operation,
        write,
        retry,
        deadline,
        failOpen,
        Optional.of(Objects.requireNonNull(proxies, "via")),
        callersDeadline);
  }

  /** Returns the same settings for a caller who waits this much longer. */
  public CallSettings withCallersDeadline(Duration left) {
    return new CallSettings(operation, write, retry, deadline, failOpen, via, Optional.of(left));
  }
}
