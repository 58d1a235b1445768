package io.redirectbalancer.server;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.netty.shaded.io.netty.util.concurrent.SingleThreadEventExecutor;
import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

/**
 * Netty's event loops, one a core: epoll where the kernel and the native library allow it, NIO
 * otherwise. Calls run on them from first to last byte, which is what makes a call cheap; nothing
 * that blocks may run there.
 */
final class Transport implements MeterBinder, AutoCloseable {
  private final EventLoopGroup eventLoops;
  private final Class<? extends ServerChannel> channelType;
  private final String name;

  private Transport(
      String name, IoHandlerFactory handlers, Class<? extends ServerChannel> channelType) {
    this.name = name;
    this.channelType = channelType;
    eventLoops =
        new MultiThreadIoEventLoopGroup(
            Runtime.getRuntime().availableProcessors(),
            new DefaultThreadFactory("event-loop", true),
            handlers);
  }

  /** The fastest transport that works here. */
  static Transport create() {
    return Epoll.isAvailable()
        ? new Transport("epoll", EpollIoHandler.newFactory(), EpollServerSocketChannel.class)
        : new Transport("nio", NioIoHandler.newFactory(), NioServerSocketChannel.class);
  }

  /** {@code epoll} or {@code nio}. */
  String name() {
    return name;
  }

  NettyServerBuilder configure(NettyServerBuilder builder) {
    return builder
        .bossEventLoopGroup(eventLoops)
        .workerEventLoopGroup(eventLoops)
        .channelType(channelType)
        .directExecutor();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("netty.eventloop.pending.tasks", this, Transport::pendingTasks)
        .description("Tasks that wait for an event loop")
        .register(registry);
    Gauge.builder("netty.direct.memory.used", PlatformDependent::usedDirectMemory)
        .description("Memory outside the heap that Netty's buffers hold")
        .baseUnit("bytes")
        .register(registry);
  }

  @Override
  public void close() {
    eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
  }

  private double pendingTasks() {
    return StreamSupport.stream(eventLoops.spliterator(), false)
        .filter(SingleThreadEventExecutor.class::isInstance)
        .mapToInt(loop -> ((SingleThreadEventExecutor) loop).pendingTasks())
        .sum();
  }
}
