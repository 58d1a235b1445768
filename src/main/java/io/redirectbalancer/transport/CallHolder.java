package io.redirectbalancer.transport;

import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;

/** The handler of a connection that knows how many unfinished calls it holds. */
public interface CallHolder extends ChannelHandler {
  /** Returns the number of calls that have not been answered in full; on the event loop only. */
  int unfinishedCalls();
}
