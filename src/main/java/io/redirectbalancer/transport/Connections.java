package io.redirectbalancer.transport;

import io.grpc.netty.shaded.io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelConfig;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler.Sharable;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.RecvByteBufAllocator;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tracks the open connections of a process's servers on all their ports, up to a maximum: any
 * further one is closed as soon as it is accepted. This handler is in the pipelines of the
 * listening channels. Thread-safe.
 *
 * <p>If the process has no file descriptor left for a connection, the kernel keeps it queued, and
 * the port accepts none for a second: retrying at once would take all of an event loop's time.
 */
@Sharable
public final class Connections extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Connections.class);

  private static final int PAUSE_SECONDS = 1;

  /** What is read at once of a connection; with tiny frames, a tenth of a millisecond's work. */
  private static final int TURN_BYTES = 16 * 1024;

  private static final int MIN_READ_BYTES = 64;
  private static final int FIRST_READ_BYTES = 2048;

  /**
   * Limits a connection's turn to one read. By default a turn has up to 16 reads of 64 KiB while
   * more data arrives: with tiny frames, a second's work. What is left is read in the next turn,
   * after all other connections have had theirs.
   */
  private static final RecvByteBufAllocator TURNS =
      new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, FIRST_READ_BYTES, TURN_BYTES)
          .maxMessagesPerRead(1);

  private final int max;
  private final int maxPerAddress;
  private final Map<InetAddress, Integer> openByAddress = new ConcurrentHashMap<>();
  private final ClosedConnections closed;
  private final Counter rejected;
  private final LogLimit logLimit;
  private final AtomicInteger open = new AtomicInteger();
  private final MemoryGuard memoryGuard;

  /**
   * Also registers the meters.
   *
   * @param maxPerAddress the limit for one client address; zero for none
   */
  public Connections(int max, int maxPerAddress, MeterRegistry registry) {
    this(max, maxPerAddress, registry, System::nanoTime);
  }

  Connections(int max, int maxPerAddress, MeterRegistry registry, LongSupplier nanoTime) {
    this.max = max;
    this.maxPerAddress = maxPerAddress;
    logLimit = new LogLimit(nanoTime);
    closed = new ClosedConnections(registry, nanoTime);
    memoryGuard = new MemoryGuard(registry, closed);
    rejected =
        Counter.builder("connections.rejected")
            .description("Connections closed at once because MAX_CONNECTIONS were open")
            .register(registry);
    Gauge.builder("connections.open", open, AtomicInteger::get)
        .description("Open connections of the gRPC ports")
        .register(registry);
  }

  /**
   * Closes the connections that hold most of the memory, judged by their unfinished calls, and
   * waits until that is done.
   *
   * @return whether any was closed
   */
  public boolean closeHeaviest() {
    return memoryGuard.closeHeaviest();
  }

  /** Returns what counts the connections that a server closes by itself. */
  public CloseEvents closed() {
    return closed;
  }

  /** Returns a handler like this one for a server that gathers what it writes by itself. */
  public ChannelHandler withoutBatching() {
    return new WithoutBatching();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    accept(context, (Channel) message, new WriteBatching());
  }

  private void accept(
      ChannelHandlerContext context, Channel accepted, ChannelHandler... beforeOthers) {
    if (track(accepted)) {
      accepted.pipeline().addFirst(beforeOthers).addFirst(memoryGuard);
      context.fireChannelRead(accepted);
    }
  }

  /** Returns whether there is room for the connection, which is closed if there is none. */
  private boolean track(Channel accepted) {
    SocketAddress client = accepted.remoteAddress();
    if (open.incrementAndGet() > max) {
      open.decrementAndGet();
      reject(accepted, client);
      return false;
    }
    if (!hasRoom(client)) {
      open.decrementAndGet();
      accepted.unsafe().closeForcibly();
      closed.closed(CloseReason.MAX_CONNECTIONS_PER_ADDRESS, client);
      return false;
    }
    var unused = accepted.closeFuture().addListener(end -> forget(client));
    accepted.config().setRecvByteBufAllocator(TURNS);
    return true;
  }

  private boolean hasRoom(SocketAddress client) {
    if (maxPerAddress == 0 || !(client instanceof InetSocketAddress internet)) {
      return true;
    }
    if (openByAddress.merge(internet.getAddress(), 1, Integer::sum) <= maxPerAddress) {
      return true;
    }
    leave(internet);
    return false;
  }

  private void forget(SocketAddress client) {
    open.decrementAndGet();
    if (maxPerAddress > 0 && client instanceof InetSocketAddress internet) {
      leave(internet);
    }
  }

  private void leave(InetSocketAddress client) {
    openByAddress.computeIfPresent(
        client.getAddress(), (address, count) -> count == 1 ? null : count - 1);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    ChannelConfig port = context.channel().config();
    if (port.isAutoRead()) {
      port.setAutoRead(false);
      var unused =
          context
              .executor()
              .schedule(() -> port.setAutoRead(true), PAUSE_SECONDS, TimeUnit.SECONDS);
    }
    if (logLimit.passes()) {
      log.atWarn()
          .addKeyValue("error.message", cause.getMessage())
          .log("no connection can be accepted; next attempt in a second");
    }
  }

  private void reject(Channel accepted, SocketAddress client) {
    rejected.increment();
    closed.closed(CloseReason.MAX_CONNECTIONS, client);
    // Not yet registered with an event loop, so it cannot be closed in the usual way.
    accepted.unsafe().closeForcibly();
  }

  private final class WithoutBatching extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      accept(context, (Channel) message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      Connections.this.exceptionCaught(context, cause);
    }
  }
}
