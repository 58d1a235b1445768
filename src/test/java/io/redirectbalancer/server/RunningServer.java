package io.redirectbalancer.server;

import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.BalancerProcess;
import io.redirectbalancer.ByteMarshaller;
import io.redirectbalancer.Scrape;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.url.OriginDomains;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A server as the serve command wires it, on a free port of loopback, with a client and meters. */
final class RunningServer implements AutoCloseable {
  static final String VIDEO = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";
  static final String VIDEO_ON_CDN = "http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8";
  static final String REDIRECT = "loadBalancer.loadBalancer/Redirect";
  static final String ALIAS = "my.custom.server.Service/Method";
  static final String HEALTH_CHECK = "grpc.health.v1.Health/Check";
  static final String HEALTH_WATCH = "grpc.health.v1.Health/Watch";
  static final String REFLECTION_V1 = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  static final String REFLECTION_V1_ALPHA =
      "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

  private static final int CLIENT_SECONDS = 20;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final GrpcServer grpc;
  private final ManagedChannel channel;

  private RunningServer(Setup setup) {
    RoutingTable table =
        new RoutingTable(
            OriginDomains.of(List.of(OriginDomains.Domain.parse("origin-cluster"))),
            10,
            Cdn.parse("cdn.example.com"));
    Redirector redirector = new Redirector(table);
    RedirectService service =
        new RedirectService(
            setup.decider.apply(redirector), new RedirectMetrics(registry, table.targets()));
    grpc = new GrpcServer(setup.settings(), service.bind(), registry);
    List<ConfigurationError> errors = grpc.start();
    if (!errors.isEmpty()) {
      grpc.close();
      throw new IllegalStateException(errors.toString());
    }
    grpc.serve();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", port()).usePlaintext().build();
  }

  static RunningServer start() {
    return new Setup().start();
  }

  static Setup with() {
    return new Setup();
  }

  GrpcServer grpc() {
    return grpc;
  }

  ManagedChannel channel() {
    return channel;
  }

  int port() {
    return grpc.ports().get(0);
  }

  int tlsPort() {
    return grpc.ports().get(1);
  }

  loadBalancerGrpc.loadBalancerBlockingStub stub() {
    return loadBalancerGrpc
        .newBlockingStub(channel)
        .withDeadlineAfter(CLIENT_SECONDS, TimeUnit.SECONDS);
  }

  String redirect(String video) {
    return stub().redirect(Request.newBuilder().setVideo(video).build()).getRedirect();
  }

  /** How a unary call whose request consists of these bytes ends. */
  Status send(String method, byte[] request) {
    return send(channel, method, CallOptions.DEFAULT, request);
  }

  static Status send(Channel channel, String method, CallOptions options, byte[] request) {
    try {
      ClientCalls.blockingUnaryCall(
          channel,
          bytesMethod(method, MethodType.UNARY),
          options.withDeadlineAfter(CLIENT_SECONDS, TimeUnit.SECONDS),
          request);
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  /** A method whose messages are any bytes at all. */
  static MethodDescriptor<byte[], byte[]> bytesMethod(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName(name)
        .setRequestMarshaller(new ByteMarshaller())
        .setResponseMarshaller(new ByteMarshaller())
        .build();
  }

  Scrape scrape() {
    return Scrape.parse(registry.scrape());
  }

  /** How many calls of a method have ended with a code, spelled as the metrics spell it. */
  double handled(String type, String method, String code) {
    return scrape()
        .value(
            "grpc_server_handled_total",
            "grpc_type",
            type,
            "grpc_service",
            method.substring(0, method.indexOf('/')),
            "grpc_method",
            method.substring(method.indexOf('/') + 1),
            "grpc_code",
            code);
  }

  /** Waits until that many calls have ended, whatever their method and code, and no fewer began. */
  Scrape awaitHandled(int calls) {
    return await()
        .pollInterval(Duration.ofMillis(10))
        .until(
            this::scrape,
            scrape ->
                scrape.sum("grpc_server_handled_total") == calls
                    && scrape.sum("grpc_server_started_total") == calls
                    && scrape.sum("grpc_server_handling_seconds_count") == calls);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    grpc.close();
  }

  /** What a test may want otherwise. */
  static final class Setup {
    private Optional<TlsSettings> tls = Optional.empty();
    private boolean front = BalancerProcess.FRONT;
    private boolean reflection = true;
    private Optional<String> instanceName = Optional.empty();
    private int maxCallsPerConnection = 256;
    private int maxConnections = 1_000;
    private int maxResets = 1_000;
    private Duration maxConnectionAge = Duration.ZERO;
    private Function<Redirector, RedirectService.Decider> decider =
        redirector -> redirector::redirect;

    Setup tls(TlsSettings settings) {
      tls = Optional.of(settings);
      return this;
    }

    /** Our own transport, whatever the tests run on. */
    Setup front() {
      front = true;
      return this;
    }

    /** gRPC's own transport, whatever the tests run on. */
    Setup netty() {
      front = false;
      return this;
    }

    Setup withoutReflection() {
      reflection = false;
      return this;
    }

    Setup instanceName(String name) {
      instanceName = Optional.of(name);
      return this;
    }

    Setup maxCallsPerConnection(int calls) {
      maxCallsPerConnection = calls;
      return this;
    }

    Setup maxConnections(int connections) {
      maxConnections = connections;
      return this;
    }

    Setup maxResets(int resets) {
      maxResets = resets;
      return this;
    }

    Setup maxConnectionAge(Duration age) {
      maxConnectionAge = age;
      return this;
    }

    Setup decider(Function<Redirector, RedirectService.Decider> factory) {
      decider = factory;
      return this;
    }

    RunningServer start() {
      return new RunningServer(this);
    }

    private ServerSettings settings() {
      return new ServerSettings(
          0,
          tls,
          reflection,
          instanceName,
          maxCallsPerConnection,
          maxConnections,
          0,
          maxResets,
          maxConnectionAge,
          Duration.ZERO,
          Duration.ZERO,
          front);
    }
  }
}
