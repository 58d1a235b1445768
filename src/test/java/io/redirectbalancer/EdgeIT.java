package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The edge command as users run it. */
class EdgeIT {
  private static final String VIDEO = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);

  @Test
  void passesCallsOnAndCountsThem() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.start(Map.of());
        BalancerProcess edge = edge("127.0.0.1:" + balancer.port(), Map.of())) {
      assertThat(redirect(edge)).isEqualTo("http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8");

      await()
          .until(
              () ->
                  Scrape.parse(request(edge, "GET", "/metrics").body())
                          .sum("grpc_server_handled_total")
                      == 1);
      edge.terminate();
      assertThat(edge.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(edge.stderr()).isEmpty();
    }
  }

  @Test
  void itsHealthIsItsOwnAndNotTheFleets() throws Exception {
    try (BalancerProcess edge = edge("127.0.0.1:1", Map.of("FAIL_OPEN", "on"))) {
      assertThat(health(edge)).isEqualTo(ServingStatus.SERVING);
      assertThat(redirect(edge)).isEqualTo(VIDEO);
      assertThat(request(edge, "GET", "/healthz").body()).isEqualTo("ok\n");
    }
  }

  @Test
  void failsOpenToItsOwnOriginsOnly() throws Exception {
    Map<String, String> variables =
        Map.of("FAIL_OPEN", "on", "ORIGIN_DOMAINS", "elsewhere", "CALL_DEADLINE_MS", "100");
    try (BalancerProcess edge = edge("127.0.0.1:1", variables)) {
      assertThatThrownBy(() -> redirect(edge)).hasMessageContaining("INVALID_ARGUMENT: ");
    }
  }

  @Test
  void everyLineOfItsLogIsJson() throws Exception {
    Map<String, String> variables = Map.of("LOG_FORMAT", "json", "WARM_UP_SECONDS", "5");
    try (BalancerProcess edge = edge("127.0.0.1:1", variables)) {
      edge.terminate();
      assertThat(edge.awaitExit(EXIT_LIMIT)).isZero();

      assertThat(edge.stdout()).isNotEmpty().allMatch(line -> line.startsWith("{\"@timestamp\""));
      assertThat(edge.stdout())
          .noneMatch(line -> line.contains("\"WARN\"") || line.contains("\"ERROR\""));
    }
  }

  @Test
  void warmsUpWhereLocalhostIsTheOtherLoopbackAddress(@TempDir Path folder) throws Exception {
    Path hosts = Files.writeString(folder.resolve("hosts"), "::1 localhost\n");
    Map<String, String> variables =
        Map.of(
            "WARM_UP_SECONDS", "10",
            "LOG_LEVEL", "debug",
            "JDK_JAVA_OPTIONS", "-Djdk.net.hosts.file=" + hosts);
    try (BalancerProcess edge = edge("127.0.0.1:1", variables)) {
      assertThat(edge.stdout())
          .anyMatch(line -> line.contains("\"serving\""))
          .noneMatch(line -> line.contains("warming up") || line.contains("not warmed up"));
    }
  }

  @Test
  void namesAVariableThatLooksLikeOneOfOurs() throws Exception {
    try (BalancerProcess edge = edge("127.0.0.1:1", Map.of("BREAKER_FAILURE", "1"))) {
      assertThat(edge.stdout())
          .anyMatch(
              line -> line.contains("WARN") && line.contains("did you mean BREAKER_FAILURES?"));
    }
  }

  @Test
  void saysWhyABalancerCannotBeReachedWithoutAStackTrace() throws Exception {
    Map<String, String> variables = Map.of("CALL_DEADLINE_MS", "5000", "BREAKER_FAILURES", "1");
    try (BalancerProcess edge = edge("nosuch.invalid:1", variables)) {
      assertThatThrownBy(() -> redirect(edge))
          .hasMessageStartingWith(
              "DEADLINE_EXCEEDED: no balancer available within 5000 ms: unknown host nosuch.invalid")
          .message()
          .doesNotContain("Exception", "Status{");

      await().until(() -> edge.stdout().stream().anyMatch(line -> line.contains("breaker")));
      assertThat(edge.stdout())
          .noneMatch(line -> line.contains("Exception") || line.contains("stack_trace"));
    }
  }

  @Test
  void anOpenBreakerIsShownAndResetByWhoBearsTheToken() throws Exception {
    Map<String, String> variables =
        Map.of(
            "FAIL_OPEN", "on",
            "CALL_DEADLINE_MS", "100",
            "ATTEMPT_TIMEOUT_MS", "100",
            "BREAKER_FAILURES", "1",
            "ADMIN_TOKEN", "secret");
    try (BalancerProcess edge = edge("127.0.0.1:1", variables)) {
      redirect(edge);
      assertThat(request(edge, "GET", "/breakers").body()).isEqualTo("fleet open\n");

      assertThat(request(edge, "POST", "/breakers/fleet/reset").body()).isEqualTo("fleet closed\n");
      assertThat(request(edge, "GET", "/breakers").body()).isEqualTo("fleet closed\n");
    }
  }

  @Test
  void aVerboseEdgeLogsWhatGrpcDoes() throws Exception {
    try (BalancerProcess edge =
        edge("127.0.0.1:1", Map.of("FAIL_OPEN", "on", "GRPC_VERBOSE", "on"))) {
      redirect(edge);

      await().until(() -> edge.stdout().stream().anyMatch(line -> line.contains("TRANSIENT_FAIL")));
    }
  }

  @Test
  void anEdgeThatIsItsOwnTargetSaysSoOnce() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (BalancerProcess edge =
        edge("127.0.0.1:" + port, Map.of("PORT", String.valueOf(port), "FAIL_OPEN", "on"))) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> redirect(edge)).hasMessageContaining("FAILED_PRECONDITION: ");
      }

      assertThat(
              Scrape.parse(request(edge, "GET", "/metrics").body()).sum("grpc_retry_count_total"))
          .isZero();
      assertThat(edge.stdout()).filteredOn(line -> line.contains("in a circle")).hasSize(1);
    }
  }

  @Test
  void aUrlThatIsTooLongIsItsCallersFault() throws Exception {
    String tooLong = VIDEO + "a".repeat(8200);
    try (BalancerProcess balancer = BalancerProcess.start(Map.of());
        BalancerProcess edge = edge("127.0.0.1:" + balancer.port(), Map.of("FAIL_OPEN", "on"))) {
      for (int i = 0; i < 10; i++) {
        assertThatThrownBy(() -> redirect(edge, tooLong))
            .hasMessageStartingWith("INVALID_ARGUMENT: invalid video URL (too_long): ");
      }

      assertThat(request(edge, "GET", "/breakers").body()).isEqualTo("fleet closed\n");
    }
  }

  @Test
  void aTargetThatNobodyUnderstandsIsOneLineAndExitCode2() throws Exception {
    try (BalancerProcess edge =
        BalancerProcess.run(Map.of("BALANCER_TARGET", "nonsense:///server"), "edge")) {
      assertThat(edge.awaitExit(EXIT_LIMIT)).isEqualTo(2);
      assertThat(edge.stderr()).singleElement().asString().startsWith("BALANCER_TARGET: ");
    }
  }

  private static BalancerProcess edge(String address, Map<String, String> variables)
      throws Exception {
    Map<String, String> all = new HashMap<>(Map.of("WARM_UP_SECONDS", "0"));
    all.putAll(variables);
    all.put("BALANCER_TARGET", "static:///fleet");
    all.put("STATIC_HOSTS", "fleet=" + address);
    return BalancerProcess.start(all, "edge");
  }

  private static String redirect(BalancerProcess edge) {
    return redirect(edge, VIDEO);
  }

  private static String redirect(BalancerProcess edge, String video) {
    ManagedChannel channel = channel(edge);
    try {
      return loadBalancerGrpc
          .newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .redirect(Request.newBuilder().setVideo(video).build())
          .getRedirect();
    } finally {
      channel.shutdownNow();
    }
  }

  private static ServingStatus health(BalancerProcess edge) {
    ManagedChannel channel = channel(edge);
    try {
      return HealthGrpc.newBlockingStub(channel)
          .check(HealthCheckRequest.getDefaultInstance())
          .getStatus();
    } finally {
      channel.shutdownNow();
    }
  }

  private static ManagedChannel channel(BalancerProcess edge) {
    return NettyChannelBuilder.forAddress("127.0.0.1", edge.port()).usePlaintext().build();
  }

  private static HttpResponse<String> request(BalancerProcess edge, String method, String path)
      throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + edge.adminPort() + path);
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(uri)
                .method(method, BodyPublishers.noBody())
                .header("Authorization", "Bearer secret")
                .build(),
            BodyHandlers.ofString());
  }
}
