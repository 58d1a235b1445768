package io.redirectbalancer.client.internal;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt or a call failed, and what follows from it.
 *
 * @param outcome what it says about the target, should it be the last attempt
 * @param fallback why no balancer answers, where a fallback may; null where the caller is at fault
 *     or gave up, which no fallback mends
 * @param retryDelay the time before the next attempt; null if there must be none
 */
record Failure(
    Status status,
    @Nullable Metadata trailers,
    Outcome outcome,
    @Nullable FallbackReason fallback,
    @Nullable Duration retryDelay) {

  /** That of a call that no attempt was made for, or that no other one may follow. */
  static Failure last(Status status, @Nullable FallbackReason fallback) {
    return new Failure(status, null, Outcome.ABANDONED, fallback, null);
  }

  /** The client's own error. */
  static Failure internal(Throwable error) {
    return last(Status.INTERNAL.withCause(error), null);
  }

  /** Unlike gRPC's own text without the cause's stack trace. */
  String text() {
    String description = status.getDescription();
    return status.getCode() + (description == null ? "" : ": " + description);
  }

  StatusRuntimeException asException() {
    return status.asRuntimeException(trailers);
  }
}
