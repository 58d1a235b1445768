package io.redirectbalancer.client;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What one call does otherwise than its client's options say; {@link #DEFAULT} is nothing.
 *
 * @param operation chooses among the deadlines of {@link RedirectClientOptions}
 * @param write whether the call must not take effect twice, so that it is tried again only where no
 *     backend can have acted
 * @param retry attempts and delays; empty for the client's
 * @param deadline how long the call may take, attempts and delays included; empty for the client's
 * @param failOpen whether the origin URL will do when nothing else is left; empty for the client's
 * @param via the proxies that have passed the call on, separated by commas, which backends are told
 *     in the header {@code redirect-via}, so that a proxy notices a call that comes back to it
 * @param callersDeadline how long whoever the call is made for still waits; it ends by then, even
 *     if its own deadline is later
 */
public record CallSettings(
    String operation,
    boolean write,
    Optional<RetryOptions> retry,
    Optional<Duration> deadline,
    Optional<Boolean> failOpen,
    Optional<String> via,
    Optional<Duration> callersDeadline) {
  /** A Redirect as the client's options say. */
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

  /** Settings of an operation, by its name; nothing else differs from the client's options. */
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

  /** The same for a call that must not take effect twice. */
  public CallSettings asWrite() {
    return new CallSettings(operation, true, retry, deadline, failOpen, via, callersDeadline);
  }

  /** The same with attempts and delays of its own. */
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

  /** The same with a deadline of its own. */
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

  /** The same with or without failing open. */
  public CallSettings withFailOpen(boolean allowed) {
    return new CallSettings(
        operation, write, retry, deadline, Optional.of(allowed), via, callersDeadline);
  }

  /** The same for a call that these proxies have passed on. */
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

  /** The same for a caller who waits for so long. */
  public CallSettings withCallersDeadline(Duration left) {
    return new CallSettings(operation, write, retry, deadline, failOpen, via, Optional.of(left));
  }
}
