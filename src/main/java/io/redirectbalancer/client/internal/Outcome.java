package io.redirectbalancer.client.internal;

import io.grpc.Status;

/** What the end of a call or an attempt says about the target. */
enum Outcome {
  /** The target works, though it may have rejected the call. */
  ANSWERED,
  /** The target does not work. */
  FAILED,
  /** Nothing: the caller gave up or left the target too little time. */
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
