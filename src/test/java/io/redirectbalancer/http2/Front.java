package io.redirectbalancer.http2;

import io.grpc.BindableService;
import io.grpc.DecompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.protobuf.services.HealthStatusManager;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.call.CallEvents;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.trace.Tracing.Headers;
import io.redirectbalancer.transport.CloseReason;
import io.redirectbalancer.transport.Connections;
import io.redirectbalancer.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 server on a free port of loopback, with health and, if wanted, more services behind it.
 * Answers each Redirect call with {@link #ANSWER} unless told otherwise.
 */
final class Front implements AutoCloseable {
  static final String REDIRECT = "loadBalancer.loadBalancer/Redirect";
  static final String ALIAS = "my.custom.server.Service/Method";
  static final String HEALTH_CHECK = "grpc.health.v1.Health/Check";
  static final String HEALTH_WATCH = "grpc.health.v1.Health/Watch";
  static final String ANSWER = "http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8";

  final HealthStatusManager health = new HealthStatusManager();

  /** What has begun and ended, such as {@code Redirect OK}. */
  final BlockingQueue<String> events = new LinkedBlockingQueue<>();

  /** Why connections were closed. */
  final BlockingQueue<CloseReason> closed = new LinkedBlockingQueue<>();

  private final Transport transport = Transport.create();
  private final Server services;
  private final ManagedChannel channel;
  private final Http2Server server;
  private final int port;

  private Front(Setup setup) throws IOException {
    String name = InProcessServerBuilder.generateName();
    InProcessServerBuilder builder =
        InProcessServerBuilder.forName(name).directExecutor().addService(health.getHealthService());
    setup.services.forEach(builder::addService);
    services = builder.build().start();
    channel =
        InProcessChannelBuilder.forName(name)
            .directExecutor()
            .disableRetry()
            .decompressorRegistry(DecompressorRegistry.emptyInstance())
            .build();
    Calls calls =
        new Calls(
            setup.handler,
            Set.of(REDIRECT, ALIAS),
            channel,
            setup.quiet ? CallEvents.NONE : new Recorded());
    server =
        new Http2Server(
            transport.serverBootstrap(new Connections(1_000, 0, new SimpleMeterRegistry())),
            calls,
            new ServerOptions(setup.instanceName, setup.limits, setup.timing),
            (reason, client) -> closed.add(reason));
    port =
        server.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), setup.port),
            setup.tls,
            setup.plaintext);
  }

  static Front start() throws IOException {
    return new Setup().start();
  }

  static Setup with() {
    return new Setup();
  }

  int port() {
    return port;
  }

  Http2Server server() {
    return server;
  }

  /** Waits for the next event. */
  String event() throws InterruptedException {
    String event = events.poll(10, TimeUnit.SECONDS);
    return event == null ? "none within 10 s" : event;
  }

  /** Waits for the next connection that is closed because of a limit or an error. */
  @Nullable CloseReason closed() throws InterruptedException {
    return closed.poll(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    server.close();
    channel.shutdownNow();
    services.shutdownNow();
    transport.close();
  }

  /** What a test may want otherwise. */
  static final class Setup {
    private RedirectHandler handler = call -> call.answer(ANSWER, new Metadata());
    private Optional<String> instanceName = Optional.empty();
    private Limits limits = Limits.of(256, 1_000, 1_000);
    private int port;
    private boolean quiet;
    private ServerOptions.Timing timing = ServerOptions.Timing.withMaxAge(Duration.ZERO);
    private @Nullable SslContext tls;
    private boolean plaintext = true;
    private final List<BindableService> services = new ArrayList<>();

    /** Records no events. */
    Setup quiet() {
      quiet = true;
      return this;
    }

    Setup handler(RedirectHandler handler) {
      this.handler = handler;
      return this;
    }

    Setup instanceName(String name) {
      instanceName = Optional.of(name);
      return this;
    }

    Setup maxStreams(int streams) {
      limits = Limits.of(streams, limits.resets(), 1_000);
      return this;
    }

    Setup maxResets(int resets) {
      limits = Limits.of(limits.streams(), resets, 1_000);
      return this;
    }

    Setup limits(Limits limits) {
      this.limits = limits;
      return this;
    }

    Setup port(int port) {
      this.port = port;
      return this;
    }

    Setup timing(ServerOptions.Timing timing) {
      this.timing = timing;
      return this;
    }

    Setup tls(SslContext context, boolean plaintextToo) {
      tls = context;
      plaintext = plaintextToo;
      return this;
    }

    Setup service(BindableService service) {
      services.add(service);
      return this;
    }

    Front start() throws IOException {
      return new Front(this);
    }
  }

  private final class Recorded implements CallEvents {
    @Override
    public OpenCall started(String method, Headers headers, @Nullable SocketAddress peer) {
      events.add("started " + method);
      return (code, nanos) -> events.add(nanos < 0 ? "ended before it began" : code + " " + method);
    }
  }
}
