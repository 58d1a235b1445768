package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A balancer as a process that sends its spans, or does not. */
class TracingIT {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(30);
  private static final String VIDEO = "http://s1.origin-cluster/v/1.m3u8?token=secret";

  private final Path folder;

  TracingIT(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void withoutAnExporterNothingOfOpenTelemetryIsLoaded() throws Exception {
    Path classes = folder.resolve("classes");
    try (BalancerProcess balancer =
        BalancerProcess.start(
            Map.of(
                "JAVA_TOOL_OPTIONS",
                "-Xlog:class+load=info:file=" + classes,
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://127.0.0.1:1",
                "OTEL_SOMETHING_NEW",
                "x"))) {
      redirect(balancer);
      assertThat(scrape(balancer)).doesNotContain("trace_spans");
      assertThat(balancer.stdout()).noneMatch(line -> line.contains("OTEL_"));
    }
    List<String> loaded = Files.readAllLines(classes);
    assertThat(loaded.stream().filter(line -> line.contains(".routing.Redirector "))).isNotEmpty();
    for (String ofTracing : List.of(" io.opentelemetry.", " io.redirectbalancer.trace.otel.")) {
      assertThat(loaded.stream().filter(line -> line.contains(ofTracing))).isEmpty();
    }
  }

  @Test
  void theSdkIsNotLoadedWhenItIsDisabled() throws Exception {
    Path classes = folder.resolve("classes");
    try (BalancerProcess balancer =
        BalancerProcess.start(
            Map.of(
                "JAVA_TOOL_OPTIONS",
                "-Xlog:class+load=info:file=" + classes,
                "OTEL_TRACES_EXPORTER",
                "otlp",
                "OTEL_SDK_DISABLED",
                "true"))) {
      redirect(balancer);
    }
    assertThat(Files.readAllLines(classes)).noneMatch(line -> line.contains(" io.opentelemetry."));
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http/protobuf"})
  void spansAreSentBySigtermAtTheLatest(String protocol) throws Exception {
    try (Receiver receiver = new Receiver(protocol);
        BalancerProcess balancer =
            traced(
                receiver.endpoint(),
                Map.of(
                    "OTEL_EXPORTER_OTLP_PROTOCOL", protocol,
                    "OTEL_BSP_SCHEDULE_DELAY", "60000",
                    "INSTANCE_NAME", "first",
                    "OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"))) {
      redirect(balancer);
      assertThat(receiver.received).isEmpty();

      balancer.terminate();

      assertThat(balancer.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(receiver.received)
          .singleElement()
          .asString()
          .contains(
              "redirect.target",
              "/s1/v/1.m3u8",
              "service.name",
              "redirect-balancer",
              "service.instance.id",
              "deployment.environment.name")
          .doesNotContain("secret");
    }
  }

  @Test
  void linesOfACallNameItsTrace() throws Exception {
    try (BalancerProcess balancer =
        traced(freeEndpoint(), Map.of("LOG_LEVEL", "debug", "OTEL_BSP_SCHEDULE_DELAY", "60000"))) {
      redirect(balancer);

      await()
          .until(
              () ->
                  balancer.stdout().stream()
                      .anyMatch(
                          line ->
                              line.contains("redirected to")
                                  && line.matches(
                                      ".*\"trace.id\":\"[0-9a-f]{32}\",\"span.id\":\"[0-9a-f]{16}\".*")));
    }
  }

  @Test
  void aReceiverThatIsDownCostsNoCallAnythingAndItsSpansAreCounted() throws Exception {
    try (BalancerProcess balancer =
        traced(
            freeEndpoint(),
            Map.of("OTEL_BSP_SCHEDULE_DELAY", "10", "OTEL_EXPORTER_OTLP_TIMEOUT", "200"))) {
      for (int i = 0; i < 50; i++) {
        redirect(balancer);
      }

      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> scrape(balancer).contains("trace_spans_dropped_total 50.0"));
      long begin = System.nanoTime();
      balancer.terminate();
      assertThat(balancer.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "OTEL_TRACES_EXPORTER, zipkin",
    "OTEL_TRACES_SAMPLER, sometimes",
    "OTEL_EXPORTER_OTLP_PROTOCOL, http/xml"
  })
  void aVariableThatIsInvalidEndsTheStart(String variable, String value) throws Exception {
    Map<String, String> environment =
        new HashMap<>(Map.of("CDN_HOST", "cdn.example.com", "OTEL_TRACES_EXPORTER", "otlp"));
    environment.put(variable, value);
    try (BalancerProcess balancer = BalancerProcess.run(environment)) {
      assertThat(balancer.awaitExit(EXIT_LIMIT)).isEqualTo(2);
      assertThat(balancer.stderr()).singleElement().asString().startsWith("OTEL_").contains(value);
    }
  }

  private static BalancerProcess traced(String endpoint, Map<String, String> variables)
      throws IOException {
    Map<String, String> all = new HashMap<>(variables);
    all.put("OTEL_TRACES_EXPORTER", "otlp");
    all.put("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    all.put("WARM_UP_SECONDS", "0");
    return BalancerProcess.start(all);
  }

  private static String freeEndpoint() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "http://127.0.0.1:" + socket.getLocalPort();
    }
  }

  private static void redirect(BalancerProcess balancer) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", balancer.port()).usePlaintext().build();
    try {
      loadBalancerGrpc
          .newBlockingStub(channel)
          .redirect(Request.newBuilder().setVideo(VIDEO).build());
    } finally {
      channel.shutdownNow();
    }
  }

  private static String scrape(BalancerProcess balancer) throws Exception {
    var uri = URI.create("http://127.0.0.1:" + balancer.adminPort() + "/metrics");
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** Takes what an exporter sends, by gRPC or HTTP. */
  private static final class Receiver implements AutoCloseable {
    final Queue<String> received = new ConcurrentLinkedQueue<>();
    private final int port;
    private final Runnable end;

    Receiver(String protocol) throws IOException {
      if (protocol.equals("grpc")) {
        Server server = NettyServerBuilder.forPort(0).addService(service()).build().start();
        port = server.getPort();
        end = server::shutdownNow;
      } else {
        HttpServer server =
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
            "/v1/traces",
            exchange -> {
              take(exchange.getRequestBody().readAllBytes());
              exchange.sendResponseHeaders(200, -1);
              exchange.close();
            });
        server.start();
        port = server.getAddress().getPort();
        end = () -> server.stop(0);
      }
    }

    String endpoint() {
      return "http://127.0.0.1:" + port;
    }

    private ServerServiceDefinition service() {
      String name = "opentelemetry.proto.collector.trace.v1.TraceService";
      MethodDescriptor<byte[], byte[]> export =
          MethodDescriptor.newBuilder(new ByteMarshaller(), new ByteMarshaller())
              .setType(MethodType.UNARY)
              .setFullMethodName(name + "/Export")
              .build();
      return ServerServiceDefinition.builder(name)
          .addMethod(
              export,
              ServerCalls.asyncUnaryCall(
                  (request, observer) -> {
                    take(request);
                    observer.onNext(new byte[0]);
                    observer.onCompleted();
                  }))
          .build();
    }

    private void take(byte[] spans) {
      received.add(new String(spans, StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() {
      end.run();
    }
  }
}
