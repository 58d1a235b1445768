package io.redirectbalancer.transport;

import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.netty.shaded.io.netty.util.concurrent.SingleThreadEventExecutor;
import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import io.grpc.netty.shaded.io.netty.util.internal.ThreadExecutorMap;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;

/**
 * Netty's event loops, one per core: epoll if the kernel and the native library allow it, otherwise
 * NIO. Calls run on them from first to last byte, which makes calls cheap; nothing that blocks may
 * run there. Thread-safe.
 */
public final class Transport implements MeterBinder, AutoCloseable {
  /** A fixed flow-control window; by default gRPC measures the best size by pings. */
  public static final int WINDOW_BYTES = 64 * 1024;

  /** Accepts gzip without advertising it, which saves a header in every call and every answer. */
  public static final DecompressorRegistry DECOMPRESSORS =
      DecompressorRegistry.emptyInstance()
          .with(Codec.Identity.NONE, false)
          .with(new Codec.Gzip(), false);

  private final EventLoopGroup eventLoops;
  private final Supplier<ServerChannel> serverChannels;
  private final Supplier<Channel> channels;
  private final String name;

  private Transport(
      String name,
      IoHandlerFactory handlers,
      Supplier<ServerChannel> serverChannels,
      Supplier<Channel> channels) {
    this.name = name;
    this.serverChannels = serverChannels;
    this.channels = channels;
    eventLoops =
        new MultiThreadIoEventLoopGroup(
            Runtime.getRuntime().availableProcessors(),
            new DefaultThreadFactory("event-loop", true),
            handlers);
    // A loop's thread starts with its first task: if it cannot start, fail now.
    eventLoops.forEach(loop -> loop.execute(() -> {}));
  }

  /** Creates the fastest transport that works here. */
  public static Transport create() {
    return Epoll.isAvailable()
        ? new Transport(
            "epoll",
            EpollIoHandler.newFactory(),
            EpollServerSocketChannel::new,
            EpollSocketChannel::new)
        : new Transport(
            "nio", NioIoHandler.newFactory(), NioServerSocketChannel::new, NioSocketChannel::new);
  }

  /** Returns {@code epoll} or {@code nio}. */
  public String name() {
    return name;
  }

  /**
   * Configures a server to run on this transport and to track its connections in the given object.
   */
  public NettyServerBuilder configure(NettyServerBuilder builder, Connections connections) {
    return builder
        .bossEventLoopGroup(eventLoops)
        .workerEventLoopGroup(eventLoops)
        .channelFactory(() -> newServerChannel(connections))
        .directExecutor();
  }

  /**
   * Returns what a server of our own needs to run on this transport and to track its connections in
   * the given object.
   */
  public ServerBootstrap serverBootstrap(Connections connections) {
    return new ServerBootstrap()
        .group(eventLoops)
        .channelFactory(serverChannels::get)
        .handler(connections.withoutBatching());
  }

  /**
   * Configures a client to run on this transport: a forwarded call then need not switch threads.
   */
  public NettyChannelBuilder configure(NettyChannelBuilder builder) {
    return builder.eventLoopGroup(eventLoops).channelFactory(this::newChannel);
  }

  /** Whether the current thread is an event loop of any transport, which must not block. */
  public static boolean onEventLoop() {
    return ThreadExecutorMap.currentExecutor() instanceof EventLoop;
  }

  /** Returns a scheduler that runs tasks on the event loops; tasks must not block. */
  public ScheduledExecutorService timer() {
    return eventLoops;
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

  /** Stops the event loops, within 2 s. */
  @Override
  public void close() {
    eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
  }

  private ServerChannel newServerChannel(Connections connections) {
    ServerChannel listening = serverChannels.get();
    listening.pipeline().addLast(connections);
    return listening;
  }

  private Channel newChannel() {
    Channel channel = channels.get();
    channel.pipeline().addFirst(new WriteBatching());
    return channel;
  }

  private double pendingTasks() {
    return StreamSupport.stream(eventLoops.spliterator(), false)
        .filter(SingleThreadEventExecutor.class::isInstance)
        .mapToInt(loop -> ((SingleThreadEventExecutor) loop).pendingTasks())
        .sum();
  }
}
