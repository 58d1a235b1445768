package io.redirectbalancer.http2;

import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Flags.END_STREAM;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.CONTINUATION;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.DATA;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.HEADERS;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.RST_STREAM;

import io.redirectbalancer.transport.CloseReason;
import java.util.concurrent.TimeUnit;

/**
 * Tells a flood from a busy client: what costs the server work and brings no call forward fills a
 * {@link LeakyBucket}, and each call makes room again. RFC 9113, section 10.5, lists such frames.
 *
 * <p>One per connection, used only on its event loop.
 */
final class FloodGuard {
  /** A call comes with windows for its answer, a ping, a priority; this is twice as many. */
  private static final int USELESS_FRAMES_PER_CALL = 8;

  /**
   * Calls that are passed on, such as watches, and then cancelled, at once and then within 10 s. To
   * begin one takes as long as some ten Redirect calls.
   */
  static final int CANCELLED_OTHER_CALLS = 32;

  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long SHORT_WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LeakyBucket uselessFrames;
  private final LeakyBucket resets;
  private final LeakyBucket provokedResets;
  private final LeakyBucket cancelledOtherCalls;
  private boolean tooManyProvoked;
  private boolean tooManyCancelled;

  FloodGuard(Limits limits, long now) {
    uselessFrames = new LeakyBucket(limits.uselessFrames(), SHORT_WINDOW_NANOS, now);
    resets = new LeakyBucket(limits.resets(), WINDOW_NANOS, now);
    provokedResets = new LeakyBucket(limits.provokedResets(), SHORT_WINDOW_NANOS, now);
    cancelledOtherCalls = new LeakyBucket(CANCELLED_OTHER_CALLS, SHORT_WINDOW_NANOS, now);
  }

  /** A frame has arrived. */
  void frame(int type, int flags, int length, long now) throws LimitException {
    switch (type) {
      case HEADERS -> uselessFrames.take(USELESS_FRAMES_PER_CALL);
      case DATA -> {
        if (length == 0 && (flags & END_STREAM) == 0) {
          useless(now);
        }
      }
      case CONTINUATION -> {
        if (length == 0) {
          useless(now);
        }
      }
      // Counted by themselves, once it is known that there was such a stream.
      case RST_STREAM -> {}
      default -> useless(now);
    }
  }

  private void useless(long now) throws LimitException {
    if (!uselessFrames.add(now)) {
      throw new LimitException(CloseReason.USELESS_FRAMES, "too_many_useless_frames");
    }
  }

  /** The client has reset a stream. */
  void reset(long now) throws LimitException {
    if (!resets.add(now)) {
      throw new LimitException(CloseReason.RESETS, "too_many_rsts");
    }
  }

  /** A stream had to be reset because of what the client sent; see {@link #check}. */
  void provokedReset(long now) {
    tooManyProvoked |= !provokedResets.add(now);
  }

  /** A call that was passed on has ended without its answer; see {@link #check}. */
  void cancelledOtherCall(long now) {
    tooManyCancelled |= !cancelledOtherCalls.add(now);
  }

  /** Rejects what could not be rejected when it happened. */
  void check() throws LimitException {
    if (tooManyCancelled) {
      throw new LimitException(CloseReason.RESETS, "too_many_cancelled_calls");
    }
    if (tooManyProvoked) {
      throw new LimitException(CloseReason.PROVOKED_RESETS, "too_many_errors");
    }
  }

  /** A call has been answered in full. */
  void answered() {
    resets.take(1);
  }
}
