package io.redirectbalancer.http2;

import io.grpc.Metadata;
import io.grpc.Status;

/** A call that is one too many of its kind. */
final class RejectedStream extends Stream {
  private static final Status TOO_MANY =
      Status.RESOURCE_EXHAUSTED.withDescription(
          "too many calls at once of methods such as health watches and reflection");

  RejectedStream(Frames frames, int id, RequestHead head, int sendWindow, long startNanos) {
    super(frames, id, head, sendWindow, startNanos);
  }

  @Override
  void start() {
    fail(TOO_MANY, new Metadata());
  }

  @Override
  void closed(Status.Code code, boolean answered) {
    frames.events().closed(head.method(), code, System.nanoTime() - startNanos);
  }
}
