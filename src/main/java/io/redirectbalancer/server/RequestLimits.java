package io.redirectbalancer.server;

import static io.redirectbalancer.call.RedirectCodec.MAX_REQUEST_BYTES;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;

/**
 * Ends calls whose requests are too long, or come in too many parts, while they arrive.
 * Thread-safe.
 */
final class RequestLimits extends ServerStreamTracer.Factory {
  /**
   * Each part of an unfinished message costs some 150 bytes, and keeps the buffer that it was read
   * with. A message that fits the limit fills one DATA frame; a proxy that cuts it up by IPv6's
   * smallest packets makes ten of it.
   */
  private static final int MAX_PARTS = 32;

  // Not by gRPC's own limit, which says RESOURCE_EXHAUSTED: callers would try again.
  private static final Status TOO_LONG =
      Status.INVALID_ARGUMENT.withDescription(
          "a request of more than " + MAX_REQUEST_BYTES + " bytes (expected: at most that)");

  private static final Status TOO_MANY_PARTS =
      Status.RESOURCE_EXHAUSTED.withDescription(
          "a request comes in at most " + MAX_PARTS + " DATA frames");

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Arriving();
  }

  /** What has arrived of the message that is being read. */
  private static final class Arriving extends ServerStreamTracer {
    private int parts;
    private long bytes;

    @Override
    public void inboundMessage(int number) {
      parts = 0;
      bytes = 0;
    }

    /** Called for each DATA frame of a message. */
    @Override
    public void inboundWireSize(long part) {
      bytes += part;
      if (bytes > MAX_REQUEST_BYTES) {
        throw TOO_LONG.asRuntimeException();
      }
      if (++parts > MAX_PARTS) {
        throw TOO_MANY_PARTS.asRuntimeException();
      }
    }
  }
}
