package io.redirectbalancer.transport;

import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;

/** The handler of a connection that knows how much memory its unfinished calls hold. */
public interface CallHolder extends ChannelHandler {
  /** Returns about how many bytes they hold, requests and answers; on the event loop only. */
  long heldBytes();
}
