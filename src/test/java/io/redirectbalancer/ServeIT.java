package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The serve command as users run it. */
class ServeIT {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);
  private static final String VIDEO = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";
  private static final String VIDEO_ON_CDN = "http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8";

  @Test
  void servesWhatItWasConfiguredToAndCountsIt() throws Exception {
    try (BalancerProcess balancer =
            BalancerProcess.start(
                Map.of("CDN_HOST", "https://cdn.example.net/base", "ORIGIN_EVERY", "2"));
        Client client = new Client(balancer.port())) {
      assertThat(client.redirect(VIDEO))
          .isEqualTo("https://cdn.example.net/base/s1/video/123/xcg2djHckad.m3u8");
      assertThat(client.redirect(VIDEO)).isEqualTo(VIDEO);

      assertThat(get(balancer, "/healthz")).isEqualTo("ok\n");
      Scrape scrape =
          await()
              .until(
                  () -> Scrape.parse(get(balancer, "/metrics")),
                  now -> now.sum("grpc_server_handled_total") == 2);
      assertThat(scrape.value("redirects_total", "target", "cdn.example.net")).isEqualTo(1);
      assertThat(scrape.value("redirects_total", "target", "origin")).isEqualTo(1);
      assertThat(scrape.names())
          .contains(
              "process_resident_memory_bytes",
              "netty_eventloop_pending_tasks",
              "netty_direct_memory_used_bytes");
    }
  }

  @Test
  void theStartLineStatesTransportPortsAndConfiguration() throws Exception {
    try (BalancerProcess balancer =
        BalancerProcess.start(
            Map.of("ORIGIN_DOMAINS", "origin-cluster:8080", "INSTANCE_NAME", "balancer-7"))) {
      JsonObject line = json(balancer.startLine());

      assertThat(line.get("log.level").getAsString()).isEqualTo("INFO");
      assertThat(line.get("message").getAsString()).isEqualTo("serving");
      assertThat(line.get("redirect_balancer.transport").getAsString())
          .isEqualTo(Epoll.isAvailable() ? "epoll" : "nio");
      assertThat(line.get("redirect_balancer.port").getAsInt()).isPositive();
      assertThat(line.get("redirect_balancer.admin").getAsString())
          .matches("127\\.0\\.0\\.1:[1-9]\\d*");
      assertThat(line.has("tls_port")).isFalse();
      assertThat(line.get("redirect_balancer.cdn_host").getAsString()).isEqualTo("cdn.example.com");
      assertThat(line.get("redirect_balancer.origin_every").getAsInt()).isEqualTo(10);
      assertThat(line.get("redirect_balancer.origin_domains").getAsString())
          .isEqualTo("origin-cluster:8080");
      assertThat(line.get("redirect_balancer.reflection").getAsBoolean()).isTrue();
      assertThat(line.get("redirect_balancer.max_calls_per_connection").getAsInt()).isEqualTo(256);
      assertThat(line.get("redirect_balancer.max_connection_age_seconds").getAsInt()).isZero();
      assertThat(line.get("redirect_balancer.drain_seconds").getAsInt()).isZero();
      assertThat(line.get("redirect_balancer.log_level").getAsString()).isEqualTo("info");
      assertThat(line.get("service.node.name").getAsString()).isEqualTo("balancer-7");
      assertThat(balancer.stdout()).hasSize(1);
      assertThat(balancer.stderr()).isEmpty();
    }
  }

  @Test
  void warmsUpWhateverTheLimitsAndOriginsAre() throws Exception {
    Map<String, String> narrow =
        Map.of("MAX_CALLS_PER_CONNECTION", "1", "ORIGIN_DOMAINS", "elsewhere.example");
    try (BalancerProcess balancer = BalancerProcess.start(narrow)) {
      assertThat(balancer.stdout()).hasSize(1).first(STRING).contains("\"message\":\"serving\"");
      assertThat(Scrape.parse(get(balancer, "/metrics")).sum("grpc_server_started_total")).isZero();
    }
  }

  @Test
  void noListOfOriginsIsWarnedOf() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.start(Map.of("ORIGIN_DOMAINS", "*"))) {
      await().until(() -> balancer.stdout().size() == 2);

      JsonObject warning = json(balancer.stdout().get(1));
      assertThat(warning.get("log.level").getAsString()).isEqualTo("WARN");
      assertThat(warning.get("message").getAsString()).contains("ORIGIN_DOMAINS=*", "a list");
    }
  }

  @Test
  void neitherAnswersNorRejectionsNorBrokenMessagesAreLogged() throws Exception {
    try (BalancerProcess balancer =
        BalancerProcess.start(Map.of("ORIGIN_DOMAINS", "origin-cluster"))) {
      try (Client client = new Client(balancer.port())) {
        assertThat(client.redirect(VIDEO)).isEqualTo(VIDEO_ON_CDN);
        assertThat(client.code("ftp://s1.origin-cluster/a"))
            .isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(client.code("a".repeat(20_000))).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(client.codeOfMalformed()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      }
      balancer.terminate();

      assertThat(balancer.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(balancer.stdout().stream().map(line -> json(line).get("message").getAsString()))
          .containsExactly("serving", "draining", "stopped");
      assertThat(balancer.stderr()).isEmpty();
    }
  }

  @Test
  void atDebugEveryCallIsALine() throws Exception {
    try (BalancerProcess balancer =
            BalancerProcess.start(
                Map.of("LOG_LEVEL", "debug", "ORIGIN_DOMAINS", "origin-cluster"));
        Client client = new Client(balancer.port())) {
      client.redirect(VIDEO);
      assertThat(client.code("ftp://s1.origin-cluster/a")).isEqualTo(Status.Code.INVALID_ARGUMENT);
      await().until(() -> balancer.stdout().size() >= 3);

      List<JsonObject> calls =
          balancer.stdout().subList(1, balancer.stdout().size()).stream()
              .map(ServeIT::json)
              .toList();
      assertThat(calls)
          .extracting(line -> line.get("log.level").getAsString())
          .containsExactly("DEBUG", "DEBUG");
      assertThat(calls.get(0).get("message").getAsString())
          .contains("cdn.example.com", VIDEO_ON_CDN);
      assertThat(calls.get(1).get("message").getAsString()).contains("scheme");
    }
  }

  @Test
  void textLogsSayTheSameForPeople() throws Exception {
    try (BalancerProcess balancer =
            BalancerProcess.start(
                Map.of("LOG_FORMAT", "text", "ORIGIN_DOMAINS", "origin-cluster"));
        Client client = new Client(balancer.port())) {
      assertThat(balancer.stdout())
          .singleElement()
          .asString()
          .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  serving .*")
          .contains(" cdn_host=cdn.example.com ")
          .doesNotContain("\033");
      assertThat(client.redirect(VIDEO)).isEqualTo(VIDEO_ON_CDN);
    }
  }

  @Test
  void servesTlsOnASecondPort(@TempDir Path folder) throws Exception {
    TestCertificate certificate = TestCertificate.create(folder);
    try (BalancerProcess balancer =
        BalancerProcess.start(
            Map.of(
                "TLS_PORT", "0",
                "TLS_CERT", certificate.certificateFile().toString(),
                "TLS_KEY", certificate.keyFile().toString()))) {
      assertThat(json(balancer.startLine()).get("redirect_balancer.tls_port").getAsInt())
          .isEqualTo(balancer.tlsPort());
      try (Client plaintext = new Client(balancer.port());
          Client tls = new Client(balancer.tlsPort(), certificate)) {
        assertThat(plaintext.redirect(VIDEO)).isEqualTo(VIDEO_ON_CDN);
        assertThat(tls.redirect(VIDEO)).isEqualTo(VIDEO_ON_CDN);
      }
    }
  }

  @Test
  void aCdnThatFailsItsProbesGetsNoCalls() throws Exception {
    String nobody;
    try (ServerSocket socket = new ServerSocket(0)) {
      nobody = "127.0.0.1:" + socket.getLocalPort();
    }
    try (BalancerProcess balancer =
            BalancerProcess.start(
                Map.of(
                    "CDN_HOST", "cdn-a@" + nobody,
                    "ORIGIN_DOMAINS", "origin-cluster",
                    "PROBE_PATH", "/healthz.m3u8",
                    "PROBE_SECONDS", "1"));
        Client client = new Client(balancer.port())) {
      assertThat(json(balancer.startLine()).get("redirect_balancer.probe_path").getAsString())
          .isEqualTo("/healthz.m3u8");
      assertThat(json(balancer.startLine()).get("redirect_balancer.probe_seconds").getAsInt())
          .isEqualTo(1);
      await()
          .atMost(EXIT_LIMIT)
          .until(
              () -> Scrape.parse(get(balancer, "/metrics")),
              scrape -> scrape.value("cdn_up", "cdn", "cdn-a") == 0);

      assertThat(client.redirect(VIDEO)).isEqualTo(VIDEO);
      // After the start line there is a warning that nothing protects the origin.
      assertThat(balancer.stdout()).hasSize(3);
      JsonObject line = json(balancer.stdout().get(2));
      assertThat(line.get("log.level").getAsString()).isEqualTo("WARN");
      assertThat(line.get("message").getAsString()).isEqualTo("CDN is marked down");
      assertThat(line.get("redirect_balancer.cdn").getAsString()).isEqualTo("cdn-a");
      assertThat(line.get("redirect_balancer.address").getAsString()).isEqualTo(nobody);
      assertThat(line.get("redirect_balancer.probe").getAsString()).isEqualTo("connection refused");
    }
  }

  @Test
  void aMissingVariableIsOneLineAndExitCode2() throws Exception {
    assertErrors(Map.of(), "CDN_HOST: not set ");
  }

  @Test
  void everyErrorIsALineOfItsOwn() throws Exception {
    assertErrors(
        Map.of(
            "CDN_HOST", "ftp://cdn.example.com",
            "PORT", "70000",
            "LOG_LEVEL", "loud",
            "TLS_PORT", "8443",
            "DRAIN_SECONDS", "-1"),
        "CDN_HOST entry 1: \"ftp://cdn.example.com\"",
        "PORT: \"70000\"",
        "TLS_PORT, TLS_CERT, TLS_KEY: ",
        "DRAIN_SECONDS: \"-1\"",
        "LOG_LEVEL: \"loud\"");
  }

  @Test
  void everyPortThatIsTakenIsALineOfItsOwn() throws Exception {
    try (ServerSocket grpc = new ServerSocket(0);
        ServerSocket admin = new ServerSocket(0)) {
      String port = String.valueOf(grpc.getLocalPort());
      String adminPort = String.valueOf(admin.getLocalPort());
      assertErrors(
          Map.of("CDN_HOST", "cdn.example.com", "PORT", port, "ADMIN_PORT", adminPort),
          "PORT: cannot listen on " + port + ": ",
          "ADMIN_HOST, ADMIN_PORT: cannot listen on 127.0.0.1:" + adminPort + ": ");
    }
  }

  private static void assertErrors(Map<String, String> variables, String... beginnings)
      throws Exception {
    try (BalancerProcess balancer = BalancerProcess.run(variables)) {
      assertThat(balancer.awaitExit(EXIT_LIMIT)).isEqualTo(2);
      assertThat(balancer.stderr()).hasSize(beginnings.length);
      for (int i = 0; i < beginnings.length; i++) {
        assertThat(balancer.stderr().get(i)).startsWith(beginnings[i]).contains("(expected: ");
      }
      assertThat(balancer.stdout()).isEmpty();
    }
  }

  private static String get(BalancerProcess balancer, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + balancer.adminPort() + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
        .body();
  }

  private static JsonObject json(String line) {
    return JsonParser.parseString(line).getAsJsonObject();
  }

  /** Calls a balancer. */
  private static final class Client implements AutoCloseable {
    private final ManagedChannel channel;

    Client(int port) {
      channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    }

    Client(int port, TestCertificate trusted) throws Exception {
      channel =
          Grpc.newChannelBuilderForAddress(
                  "localhost",
                  port,
                  TlsChannelCredentials.newBuilder()
                      .trustManager(trusted.certificateFile().toFile())
                      .build())
              .build();
    }

    String redirect(String video) {
      return loadBalancerGrpc
          .newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .redirect(Request.newBuilder().setVideo(video).build())
          .getRedirect();
    }

    Status.Code code(String video) {
      try {
        redirect(video);
        return Status.Code.OK;
      } catch (StatusRuntimeException e) {
        return e.getStatus().getCode();
      }
    }

    /** How a call ends whose message is text alone, which is no protobuf message. */
    Status.Code codeOfMalformed() {
      var text =
          loadBalancerGrpc.getRedirectMethod().toBuilder(
                  new TextMarshaller(), ProtoUtils.marshaller(Response.getDefaultInstance()))
              .build();
      try {
        ClientCalls.blockingUnaryCall(channel, text, CallOptions.DEFAULT, "not protobuf");
        return Status.Code.OK;
      } catch (StatusRuntimeException e) {
        return e.getStatus().getCode();
      }
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  private static final class TextMarshaller implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String text) {
      return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public String parse(InputStream stream) {
      throw new UnsupportedOperationException("only sent, never received");
    }
  }
}
