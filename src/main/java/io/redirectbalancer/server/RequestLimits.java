package io.redirectbalancer.server;

import static io.redirectbalancer.call.RedirectCodec.MAX_REQUEST_BYTES;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;

/**
 * Ends calls whose requests are too long or come in too many parts, before they have arrived in
 * full. Thread-safe.
 */
final class RequestLimits extends ServerStreamTracer.Factory {
  /**
   * Each part of an unfinished message costs some 150 bytes, and holds on to the buffer that it was
   * read into. A message within the limit fits one DATA frame; a proxy that splits it into IPv6's
   * smallest packets makes ten of it.
   */
  private static final int MAX_PARTS = 32;

  // Not gRPC's own limit, which answers RESOURCE_EXHAUSTED: callers would retry.
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

  /** Counts what has arrived of the current message. */
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
