package io.redirectbalancer.transport;

import io.grpc.netty.shaded.io.netty.buffer.PooledByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler.Sharable;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Closes the connections that hold most of the memory before none is left for the others. A
 * connection holds memory by requests that it does not finish and by answers that it does not read.
 * A well-behaved one has hardly any of either between two reads, since calls are answered as they
 * are read. gRPC limits both per stream and per connection, but nothing limits the number of such
 * connections.
 *
 * <p>One handler, first in the pipeline of every connection, checks Netty's count of direct memory
 * at each read, which costs one field load. For the heap, other code calls {@link #closeHeaviest}.
 * Thread-safe.
 */
@Sharable
final class MemoryGuard extends ChannelInboundHandlerAdapter {
  /** What an unfinished call of gRPC's server counts as: the size of the largest request. */
  private static final int CALL_BYTES = 12 * 1024;

  private final long directBytes = PlatformDependent.maxDirectMemory();
  private final Set<ChannelHandlerContext> connections = ConcurrentHashMap.newKeySet();
  private final Set<EventLoop> beingRelieved = ConcurrentHashMap.newKeySet();
  private final Counter closed;
  private final CloseEvents events;

  MemoryGuard(MeterRegistry registry, CloseEvents events) {
    this.events = events;
    closed =
        Counter.builder("connections.overload.closed")
            .description("Connections closed because their unfinished calls held too much memory")
            .register(registry);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    connections.add(context);
    context.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    connections.remove(context);
    context.fireChannelInactive();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (PlatformDependent.usedDirectMemory() > directBytes / 4 * 3) {
      relieve(context.channel());
    }
    context.fireChannelRead(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      relieve(context.channel());
    }
    context.fireExceptionCaught(cause);
  }

  /** Implements {@link Connections#closeHeaviest}. */
  boolean closeHeaviest() {
    Set<EventLoop> loops = loops();
    long most =
        onEach(loops, this::mostHeldBytes).stream().mapToLong(Long::longValue).max().orElse(0);
    onEach(loops, loop -> most == 0 ? 0 : close(loop, leastToClose(most)));
    return most > 0;
  }

  /** Runs on the event loop of the connection that was read. */
  private void relieve(Channel reading) {
    if (isScarce(reading) && !relieve(reading.eventLoop())) {
      loops().forEach(loop -> loop.execute(() -> relieve(loop)));
    }
  }

  /** Closes the heaviest connections of this event loop, on it; returns whether there are any. */
  private boolean relieve(EventLoop loop) {
    if (!beingRelieved.add(loop)) {
      return true;
    }
    // A closed connection frees its memory in a later task: until then, close no more.
    loop.execute(() -> beingRelieved.remove(loop));
    long most = mostHeldBytes(loop);
    if (most > 0) {
      close(loop, leastToClose(most));
    }
    return most > 0;
  }

  /** Whether buffers in use, not only pooled ones, hold more than half of the memory. */
  private boolean isScarce(Channel reading) {
    return !(reading.alloc() instanceof PooledByteBufAllocator pool)
        || pool.metric().numDirectArenas() == 0
        || pool.pinnedDirectMemory() > directBytes / 2;
  }

  private Set<EventLoop> loops() {
    return connections.stream()
        .map(connection -> connection.channel().eventLoop())
        .collect(Collectors.toSet());
  }

  private static List<Long> onEach(Set<EventLoop> loops, ToLongFunction<EventLoop> task) {
    return loops.stream()
        .map(loop -> CompletableFuture.supplyAsync(() -> task.applyAsLong(loop), loop))
        .toList()
        .stream()
        .map(CompletableFuture::join)
        .toList();
  }

  private Stream<ChannelHandlerContext> connections(EventLoop loop) {
    return connections.stream().filter(connection -> connection.channel().eventLoop() == loop);
  }

  private long mostHeldBytes(EventLoop loop) {
    return connections(loop).mapToLong(MemoryGuard::heldBytes).max().orElse(0);
  }

  private static long leastToClose(long most) {
    return (most + 1) / 2;
  }

  private int close(EventLoop loop, long leastBytes) {
    var heaviest =
        connections(loop).filter(connection -> heldBytes(connection) >= leastBytes).toList();
    heaviest.forEach(this::close);
    return heaviest.size();
  }

  private void close(ChannelHandlerContext connection) {
    // From here, not from the pipeline's end: there HTTP/2 would wait for the unfinished calls.
    var unused = connection.close();
    closed.increment();
    events.closed(CloseReason.MEMORY, connection.channel().remoteAddress());
  }

  /** Called only on the connection's event loop. */
  private static long heldBytes(ChannelHandlerContext connection) {
    Channel channel = connection.channel();
    if (!channel.isActive()) {
      return 0;
    }
    var holder = channel.pipeline().get(CallHolder.class);
    var unsent = channel.unsafe().outboundBuffer();
    return (holder == null
            ? (long) CALL_BYTES * unfinishedCallsOfGrpc(channel)
            : holder.heldBytes())
        + (unsent == null ? 0 : unsent.totalPendingWriteBytes());
  }

  private static int unfinishedCallsOfGrpc(Channel channel) {
    var handler = channel.pipeline().get(Http2ConnectionHandler.class);
    if (handler == null) {
      return 0;
    }
    Http2RemoteFlowController answers = handler.encoder().flowController();
    int[] calls = {0};
    try {
      handler
          .connection()
          .forEachActiveStream(
              stream -> {
                if (stream.state() == Http2Stream.State.OPEN || answers.hasFlowControlled(stream)) {
                  calls[0]++;
                }
                return true;
              });
    } catch (Http2Exception e) {
      throw new IllegalStateException(e); // only a visitor throws it
    }
    return calls[0];
  }
}
