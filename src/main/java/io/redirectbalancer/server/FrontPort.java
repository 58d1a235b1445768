package io.redirectbalancer.server;

import io.grpc.DecompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.http2.Calls;
import io.redirectbalancer.http2.Http2Server;
import io.redirectbalancer.http2.Limits;
import io.redirectbalancer.http2.ServerOptions;
import io.redirectbalancer.metrics.GrpcServerMetrics;
import io.redirectbalancer.trace.Tracing;
import io.redirectbalancer.transport.Connections;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A port on which our own HTTP/2 server listens, to be used like one of gRPC's. Calls of {@link
 * RedirectService} go straight to its handler, all others to a gRPC server in this process.
 */
final class FrontPort extends Server {
  private final InetSocketAddress address;
  private final @Nullable SslContext tls;
  private final boolean plaintext;
  private final Server services;
  private final ManagedChannel channel;
  private final Http2Server front;
  private int port = -1;
  private volatile boolean shutdown;
  private volatile boolean terminated;

  /**
   * Creates a port that does not listen yet.
   *
   * @param connections what the bootstrap tracks its connections in
   * @param tls null for plaintext only
   * @param plaintext whether it takes plaintext
   * @param services of which one {@linkplain #canAnswer has to be} a {@link RedirectService}
   */
  FrontPort(
      ServerBootstrap bootstrap,
      Connections connections,
      InetSocketAddress address,
      @Nullable SslContext tls,
      boolean plaintext,
      List<ServerServiceDefinition> services,
      ServerSettings settings,
      GrpcServerMetrics metrics,
      Tracing tracing) {
    this.address = address;
    this.tls = tls;
    this.plaintext = plaintext;
    String name = InProcessServerBuilder.generateName();
    Optional<PassedSpans> spans =
        tracing.isOn() ? Optional.of(new PassedSpans()) : Optional.empty();
    this.services = inProcess(name, services, settings, spans);
    InProcessChannelBuilder builder =
        InProcessChannelBuilder.forName(name)
            .directExecutor()
            .disableRetry()
            // Compression is between the front and its clients; this adds no header of its own.
            .decompressorRegistry(DecompressorRegistry.emptyInstance());
    spans.ifPresent(builder::intercept);
    channel = builder.build();
    Map<String, RedirectHandler> handlers = handlers(services);
    RedirectHandler handler = handlers.values().iterator().next();
    Calls calls =
        tracing.isOn()
            ? new Calls(handler, handlers.keySet(), channel, new TracedCalls(tracing, metrics))
            : new Calls(handler, handlers.keySet(), channel, new CountedCalls(metrics));
    front =
        new Http2Server(
            bootstrap,
            calls,
            new ServerOptions(
                settings.instanceName(),
                Limits.of(
                    settings.maxCallsPerConnection(),
                    settings.maxResets(),
                    settings.maxConnections()),
                ServerOptions.Timing.withMaxAge(settings.maxConnectionAge())),
            connections.closed());
  }

  /** Whether there is a Redirect service among these. */
  static boolean canAnswer(List<ServerServiceDefinition> services) {
    return !handlers(services).isEmpty();
  }

  private static Map<String, RedirectHandler> handlers(List<ServerServiceDefinition> services) {
    return services.stream()
        .flatMap(service -> service.getMethods().stream())
        .filter(method -> method.getServerCallHandler() instanceof RedirectService)
        .collect(
            Collectors.toMap(
                method -> method.getMethodDescriptor().getFullMethodName(), FrontPort::handler));
  }

  private static RedirectHandler handler(ServerMethodDefinition<?, ?> method) {
    return ((RedirectService) method.getServerCallHandler()).handler();
  }

  private static Server inProcess(
      String name,
      List<ServerServiceDefinition> services,
      ServerSettings settings,
      Optional<PassedSpans> spans) {
    InProcessServerBuilder builder = InProcessServerBuilder.forName(name).directExecutor();
    spans.ifPresent(builder::addStreamTracerFactory);
    // Redirect, too, although nobody calls it there: reflection shows what is registered.
    GrpcServer.register(builder, services, settings);
    return builder.build();
  }

  @Override
  public Server start() throws IOException {
    services.start();
    port = front.listen(address, tls, plaintext);
    return this;
  }

  @Override
  public int getPort() {
    return port;
  }

  @Override
  public Server shutdown() {
    shutdown = true;
    front.shutdown();
    return this;
  }

  @Override
  public Server shutdownNow() {
    shutdown = true;
    front.close();
    channel.shutdownNow();
    services.shutdownNow();
    return this;
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return terminated;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    terminated = front.awaitTermination(Duration.ofNanos(Math.max(unit.toNanos(timeout), 0)));
    return terminated;
  }

  @Override
  public void awaitTermination() throws InterruptedException {
    while (!terminated) {
      terminated = front.awaitTermination(Duration.ofHours(1));
    }
  }
}
