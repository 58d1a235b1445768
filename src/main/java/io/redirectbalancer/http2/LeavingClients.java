package io.redirectbalancer.http2;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler.Sharable;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Closes the connections that their clients have closed, some in each millisecond: thousands may
 * leave at once, and to close a connection takes as long as several calls, for which all others
 * would wait. The channels have to allow half-closed connections, or Netty closes them at once.
 *
 * <p>One per event loop, in the pipelines of all its connections; used only there.
 */
@Sharable
final class LeavingClients extends ChannelInboundHandlerAdapter {
  static final int AT_ONCE = 16;

  static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** However many leave, none waits for much longer than so many milliseconds. */
  static final int MOST_TICKS = 64;

  private final PassedOnTime.Timer timer;
  private final Queue<Channel> waiting = new ArrayDeque<>();
  private boolean ticking;
  private int left;

  LeavingClients(PassedOnTime.Timer timer) {
    this.timer = timer;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      waiting.add(context.channel());
      if (!ticking) {
        left = AT_ONCE;
        tick();
      } else {
        closeSome();
      }
    } else {
      context.fireUserEventTriggered(event);
    }
  }

  private void tick() {
    ticking = true;
    closeSome();
    timer.schedule(this::nextTick, TICK_NANOS);
  }

  private void nextTick() {
    if (waiting.isEmpty()) {
      ticking = false;
    } else {
      left = Math.max(AT_ONCE, waiting.size() / MOST_TICKS);
      tick();
    }
  }

  private void closeSome() {
    for (; left > 0 && !waiting.isEmpty(); left--) {
      var unused = waiting.remove().close();
    }
  }
}
