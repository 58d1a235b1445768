package io.redirectbalancer.admin;

import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.WriteBufferWaterMark;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.SocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpDecoderConfig;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpServerCodec;
import io.grpc.netty.shaded.io.netty.handler.stream.ChunkedWriteHandler;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.transport.WrongTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin port: HTTP/1.1 on an event loop of its own, which reads and writes, and one worker for
 * slow endpoints; only one, so that it takes at most one core from the calls. {@link Limits} bounds
 * the connections, time and memory that clients can use. A POST must send a token.
 */
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);

  /** The kernel's buffer for each connection and direction; the kernel doubles it. */
  private static final int SOCKET_BUFFER_BYTES = 32 * 1024;

  private static final HttpDecoderConfig HTTP =
      new HttpDecoderConfig()
          .setMaxInitialLineLength(Limits.LINE_BYTES)
          .setMaxHeaderSize(Limits.HEADER_BYTES)
          .setHeadersFactory(FewHeaders.FACTORY)
          .setTrailersFactory(FewHeaders.FACTORY)
          .setAllowDuplicateContentLengths(false);

  private final EventLoopGroup eventLoop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("admin", true), NioIoHandler.newFactory());
  private final AdminConnections connections;
  private final Worker worker;
  private final Channel listening;

  /**
   * Listens and starts answering.
   *
   * @param port 0 for a free one
   * @param token what a POST must send; without one every POST is rejected
   * @param endpoints by exact path; {@code /} lists them
   * @param registry where wrong tokens are counted
   * @throws IOException if it cannot listen on the address
   */
  public AdminServer(
      String host,
      int port,
      Optional<String> token,
      Map<String, Endpoint> endpoints,
      MeterRegistry registry)
      throws IOException {
    this(host, port, token, endpoints, registry, Limits.DEFAULT);
  }

  AdminServer(
      String host,
      int port,
      Optional<String> token,
      Map<String, Endpoint> endpoints,
      MeterRegistry registry,
      Limits limits)
      throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), port);
    worker = new Worker(limits);
    connections = new AdminConnections(limits);
    Map<String, Endpoint> paths = new HashMap<>(endpoints);
    paths.put("/", new IndexEndpoint(endpoints));
    Router router = new Router(paths);
    Requests requests =
        new Requests(
            new AdminToken(token), new WrongTokens(registry, "admin", System::nanoTime), worker);
    ChannelFuture bound =
        new ServerBootstrap()
            .group(eventLoop)
            .channelFactory(NioServerSocketChannel::new)
            .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
            .childOption(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false))
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new HeapBuffers())
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(16 * 1024, 32 * 1024))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(HTTP),
                            new ChunkedWriteHandler(),
                            new RequestReader(router, connections),
                            new Connection(channel, connections, requests));
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    listening = bound.channel();
    if (!bound.isSuccess()) {
      close();
      throw bound.cause() instanceof IOException e ? e : new IOException(bound.cause());
    }
    listening.pipeline().addLast(new FailedAccepts());
  }

  /** Returns the listening port. */
  public int port() {
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  /** Returns whether any client is connected. */
  boolean hasConnections() {
    return eventLoop.submit(() -> connections.count() > 0).syncUninterruptibly().getNow();
  }

  /** Returns how many clients wait for an endpoint. */
  long working() {
    return eventLoop
        .submit(() -> connections.count(Connection.Phase.WORK))
        .syncUninterruptibly()
        .getNow();
  }

  /** Stops listening; answers in progress get a second to finish. */
  @Override
  public void close() {
    listening.close().awaitUninterruptibly(2_000);
    eventLoop.execute(connections::close);
    connections
        .allClosed()
        .completeOnTimeout(null, connections.limits().close().toNanos(), TimeUnit.NANOSECONDS)
        .join();
    eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    worker.close();
  }

  /** Logs a failed accept, after Netty's own handler, which then pauses accepting for a second. */
  private static final class FailedAccepts extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      log.warn("admin port: cannot accept a connection: {}", cause.getMessage());
    }
  }
}
