package io.redirectbalancer.client.internal;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How an attempt failed, and whether there may be another one. */
final class AttemptFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Status status;
  private final transient Metadata trailers;
  private final transient Outcome outcome;
  private final transient @Nullable Duration retryDelay;
  private final transient FallbackReason reason;

  /**
   * @param outcome what it says about the target, should it be the last attempt
   * @param retryDelay the time before the next attempt; null if there must be none
   * @param reason why there must be none, or will be none at last
   */
  AttemptFailure(
      Status status,
      Metadata trailers,
      Outcome outcome,
      @Nullable Duration retryDelay,
      FallbackReason reason) {
    // An answer to be dealt with, not a surprise: no stack trace.
    super(text(status), null, false, false);
    this.status = status;
    this.trailers = trailers;
    this.outcome = outcome;
    this.retryDelay = retryDelay;
    this.reason = reason;
  }

  /** Unlike gRPC's own text without the cause's stack trace. */
  private static String text(Status status) {
    String description = status.getDescription();
    return status.getCode() + (description == null ? "" : ": " + description);
  }

  Status.Code code() {
    return status.getCode();
  }

  Outcome outcome() {
    return outcome;
  }

  @Nullable Duration retryDelay() {
    return retryDelay;
  }

  FallbackReason reason() {
    return reason;
  }

  StatusRuntimeException asStatusException() {
    return status.asRuntimeException(trailers);
  }
}
