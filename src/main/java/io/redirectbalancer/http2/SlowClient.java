package io.redirectbalancer.http2;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.redirectbalancer.transport.CloseReason;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Times what a client may leave unfinished: a frame or a block of headers, a request, the reading
 * of its answers. There is no timer for any of them: while something is unfinished, the connection
 * looks through them now and then.
 *
 * <p>One per connection, used only on its event loop.
 */
final class SlowClient implements Runnable {
  /** As little as this, within the time for reading, is no progress. */
  private static final int LEAST_PROGRESS_BYTES = 16 * 1024;

  private static final long MAX_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Connection connection;
  private final Channel channel;
  private final Frames frames;
  private final FrameWriter out;
  private final int maxUnsentBytes;
  private final long requestNanos;
  private final long unreadNanos;
  private final long tickNanos;

  private boolean ticking;
  private boolean partial;
  private long partialSince;
  private boolean unsent;
  private long unsentSince;
  private long sentThen;

  SlowClient(
      Connection connection,
      Channel channel,
      Frames frames,
      FrameWriter out,
      ServerOptions options) {
    this.connection = connection;
    this.channel = channel;
    this.frames = frames;
    this.out = out;
    maxUnsentBytes = options.limits().unsentBytes();
    requestNanos = options.timing().request().toNanos();
    unreadNanos = options.timing().unread().toNanos();
    tickNanos = Math.min(Math.min(requestNanos, unreadNanos) / 4, MAX_TICK_NANOS);
  }

  /**
   * A read has ended.
   *
   * @param rest whether it left a part of a frame or of a block of headers
   * @param progress whether it has completed any
   */
  void read(boolean rest, boolean progress, long now) {
    if (rest && (!partial || progress)) {
      partialSince = now;
    }
    partial = rest;
  }

  /** Begins to look, if there is anything unfinished after a read or a write. */
  void watch() {
    long unsentBytes = unsentBytes();
    if (unsentBytes > maxUnsentBytes) {
      connection.limit(CloseReason.UNREAD_ANSWERS, "too_many_unread_answers");
    } else if (!ticking && (partial || unsentBytes > 0 || !frames.isEmpty())) {
      ticking = true;
      // Thousands that have connected at once shall not all be looked at, and closed, at once.
      long earlier = ThreadLocalRandom.current().nextLong(tickNanos / 2);
      var unused = connection.schedule(this, tickNanos - earlier);
    }
  }

  @Override
  public void run() {
    ticking = false;
    if (connection.isClosed()) {
      return;
    }
    long now = System.nanoTime();
    if (partial && now - partialSince >= requestNanos) {
      connection.limit(CloseReason.REQUEST_TIMEOUT, "request_timeout");
    } else if (isUnsentTooLong(now) || frames.isBlockedSince(now - unreadNanos)) {
      connection.limit(CloseReason.UNREAD_ANSWERS, "answers_not_read");
    } else {
      frames.endRequestsOf(now - requestNanos);
      out.flush();
      watch();
    }
  }

  private boolean isUnsentTooLong(long now) {
    long bytes = unsentBytes();
    if (bytes == 0) {
      unsent = false;
      return false;
    }
    long sent = out.handedOver() - bytes;
    if (!unsent || sent - sentThen >= LEAST_PROGRESS_BYTES) {
      unsent = true;
      unsentSince = now;
      sentThen = sent;
    }
    return now - unsentSince >= unreadNanos;
  }

  private long unsentBytes() {
    var buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }
}
