package io.redirectbalancer.client.internal;

import io.grpc.Status;

/** What the end of a call or an attempt says about who was asked. */
enum Outcome {
  /** It works, though it may have rejected what the caller wants. */
  ANSWERED,
  /** It does not work. */
  FAILED,
  /** Nothing: the caller gave up, or left it no time. */
  ABANDONED;

  static Outcome of(Status.Code code) {
    return switch (code) {
      case CANCELLED -> ABANDONED;
      case UNAVAILABLE,
          DEADLINE_EXCEEDED,
          RESOURCE_EXHAUSTED,
          ABORTED,
          INTERNAL,
          UNKNOWN,
          UNIMPLEMENTED,
          DATA_LOSS ->
          FAILED;
      default -> ANSWERED;
    };
  }
}
