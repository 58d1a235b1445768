package io.redirectbalancer.client.internal;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt or a call failed, and what happens next.
 *
 * @param outcome what it says about the target if no further attempt follows
 * @param fallback why no balancer answers, if a fallback may answer instead; null if the caller is
 *     at fault or gave up
 * @param retryDelay the time before the next attempt; null if there must be none
 */
record Failure(
    Status status,
    @Nullable Metadata trailers,
    Outcome outcome,
    @Nullable FallbackReason fallback,
    @Nullable Duration retryDelay) {

  /** Returns the failure of a call that must not be attempted, or not again. */
  static Failure last(Status status, @Nullable FallbackReason fallback) {
    return new Failure(status, null, Outcome.ABANDONED, fallback, null);
  }

  /** Returns the failure for an internal error of the client. */
  static Failure internal(Throwable error) {
    return last(Status.INTERNAL.withCause(error), null);
  }

  /** Returns the status as text without the cause's stack trace, which gRPC's own text has. */
  String text() {
    String description = status.getDescription();
    return status.getCode() + (description == null ? "" : ": " + description);
  }

  StatusRuntimeException asException() {
    return status.asRuntimeException(trailers);
  }
}
