package io.redirectbalancer.call;

import io.grpc.CallOptions;
import io.grpc.Status;
import io.redirectbalancer.trace.TraceSpan;
import io.redirectbalancer.trace.Tracing.Headers;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Hears of the beginning and the end of every call, whatever the method. Its methods run on event
 * loops, so they must not block; implementations are thread-safe.
 */
@FunctionalInterface
public interface CallEvents {
  /** Ignores all events. */
  CallEvents NONE = (method, headers, peer) -> (code, nanos) -> {};

  /** Gives a call that is passed on to a gRPC channel its span. */
  CallOptions.Key<TraceSpan> SPAN =
      CallOptions.Key.createWithDefault("io.redirectbalancer.call.CallEvents", TraceSpan.NONE);

  /** A call that has begun. */
  @FunctionalInterface
  interface OpenCall {
    /**
     * The call's stream has closed. Called once.
     *
     * @param code the code that was sent; CANCELLED if the caller cancelled the call or has gone
     * @param nanos the time since the headers arrived
     */
    void closed(Status.Code code, long nanos);

    /** Returns the call's span. */
    default TraceSpan span() {
      return TraceSpan.NONE;
    }
  }

  /**
   * A call's headers have arrived.
   *
   * @param method its full name as the caller wrote it, whether or not there is such a method
   * @param headers valid during this call only
   * @param peer the caller's address; null if it is not known
   * @return hears of the rest of the call
   */
  OpenCall started(String method, Headers headers, @Nullable SocketAddress peer);
}
