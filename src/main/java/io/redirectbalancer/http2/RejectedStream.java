package io.redirectbalancer.http2;

import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.call.CallEvents.OpenCall;

/** A call that is one too many of its kind. */
final class RejectedStream extends Stream {
  private static final Status TOO_MANY =
      Status.RESOURCE_EXHAUSTED.withDescription(
          "too many calls at once of methods such as health watches and reflection");

  private final OpenCall call;

  RejectedStream(
      Frames frames, int id, RequestHead head, OpenCall call, int sendWindow, long startNanos) {
    super(frames, id, head, sendWindow, startNanos);
    this.call = call;
  }

  @Override
  void start() {
    fail(TOO_MANY, new Metadata());
  }

  @Override
  void closed(Status.Code code, boolean answered) {
    call.closed(code, System.nanoTime() - startNanos);
  }
}
