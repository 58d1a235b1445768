package io.redirectbalancer.transport;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelConfig;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler.Sharable;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
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

  private final int max;
  private final Counter rejected;
  private final LogLimit logLimit;
  private final AtomicInteger open = new AtomicInteger();
  private final MemoryGuard memoryGuard;

  /** Also registers the meters. */
  public Connections(int max, MeterRegistry registry) {
    this(max, registry, System::nanoTime);
  }

  Connections(int max, MeterRegistry registry, LongSupplier nanoTime) {
    this.max = max;
    logLimit = new LogLimit(nanoTime);
    memoryGuard = new MemoryGuard(registry, nanoTime);
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

  /** Returns a handler like this one for a server that gathers what it writes by itself. */
  public ChannelHandler withoutBatching() {
    return new WithoutBatching();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    Channel accepted = (Channel) message;
    if (track(accepted)) {
      accepted.pipeline().addFirst(new WriteBatching()).addFirst(memoryGuard);
      context.fireChannelRead(accepted);
    }
  }

  /** Returns whether there is room for the connection, which is closed if there is none. */
  private boolean track(Channel accepted) {
    if (open.incrementAndGet() > max) {
      open.decrementAndGet();
      reject(accepted);
      return false;
    }
    var unused = accepted.closeFuture().addListener(closed -> open.decrementAndGet());
    takeTurns(accepted);
    return true;
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

  /**
   * Limits a connection's turn to one read of at most 64 KiB. By default a turn has up to 16 reads
   * while more data arrives: with tiny frames, a second's work.
   */
  private static void takeTurns(Channel accepted) {
    if (accepted.config().getRecvByteBufAllocator()
        instanceof MaxMessagesRecvByteBufAllocator buffers) {
      buffers.maxMessagesPerRead(1);
    }
  }

  private void reject(Channel accepted) {
    rejected.increment();
    // Not yet registered with an event loop, so it cannot be closed in the usual way.
    accepted.unsafe().closeForcibly();
    if (logLimit.passes()) {
      log.atWarn()
          .addKeyValue("max_connections", max)
          .addKeyValue("rejected_since_start", (long) rejected.count())
          .log("connection rejected: MAX_CONNECTIONS are open");
    }
  }

  private final class WithoutBatching extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      Channel accepted = (Channel) message;
      if (track(accepted)) {
        accepted.pipeline().addFirst(memoryGuard);
        context.fireChannelRead(accepted);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      Connections.this.exceptionCaught(context, cause);
    }
  }
}
