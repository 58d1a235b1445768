package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.proto.loadBalancerGrpc.loadBalancerBlockingStub;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several CDNs, as operators run them and change them. */
class ManyCdnsIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String VIDEO = "http://s1.origin-cluster/a.m3u8";

  @Test
  void sharesByWeightAndExplainsWhatComesNext() throws Exception {
    try (BalancerProcess balancer =
            BalancerProcess.start(
                Map.of("CDN_HOST", "fast@cdn-a.example.com=2, cdn-b.example.com"));
        Caller caller = new Caller(balancer.port())) {
      List<String> foretold = explained(balancer);
      List<String> given = new ArrayList<>();
      for (int call = 0; call < 20; call++) {
        given.add(caller.redirect());
      }

      assertThat(given.subList(0, 3))
          .containsExactlyInAnyOrder(
              "http://cdn-a.example.com/s1/a.m3u8",
              "http://cdn-a.example.com/s1/a.m3u8",
              "http://cdn-b.example.com/s1/a.m3u8");
      assertThat(given.get(9)).isEqualTo(VIDEO);
      assertThat(foretold).isEqualTo(given);
      await()
          .untilAsserted(
              () -> {
                Scrape scrape = Scrape.parse(get(balancer, "/metrics").body());
                assertThat(scrape.value("redirects_total", "target", "fast")).isEqualTo(12);
                assertThat(scrape.value("redirects_total", "target", "cdn-b.example.com"))
                    .isEqualTo(6);
                assertThat(scrape.value("redirects_total", "target", "origin")).isEqualTo(2);
              });
    }
  }

  @Test
  void takesARoutesFileAndItsChangesWhileCallsAreServed(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("routes.json");
    replace(file, "{\"CDN_HOST\": \"old\"}");
    try (BalancerProcess balancer =
            BalancerProcess.start(
                Map.of("ROUTES_FILE", file.toString(), "ORIGIN_DOMAINS", "origin-cluster"));
        Caller caller = new Caller(balancer.port())) {
      assertThat(caller.redirect()).isEqualTo("http://old/s1/a.m3u8");
      assertThat(balancer.stdout())
          .anyMatch(line -> line.contains("variables are ignored") && line.contains("CDN_HOST"));
      // The file has no ORIGIN_DOMAINS, and so keeps the variable's.
      assertThatThrownBy(() -> caller.redirect("http://s1.elsewhere/a.m3u8"))
          .hasMessageContaining("(domain)");

      replace(file, "{\"CDN_HOST\": \"new\", \"ORIGIN_EVERY\": 0}");
      await().atMost(LIMIT).until(() -> caller.redirect().equals("http://new/s1/a.m3u8"));

      replace(file, "{\"CDN_HOST\": \"new=x\"}");
      await()
          .atMost(LIMIT)
          .until(() -> balancer.stdout().stream().anyMatch(line -> line.contains("rejected")));
      assertThat(caller.redirect()).isEqualTo("http://new/s1/a.m3u8");
      Scrape scrape = Scrape.parse(get(balancer, "/metrics").body());
      assertThat(scrape.value("routing_generation")).isEqualTo(2);
      assertThat(scrape.value("routing_reloads_total", "result", "success")).isEqualTo(1);
      assertThat(scrape.value("routing_reloads_total", "result", "failure")).isEqualTo(1);
    }
  }

  /** A port on which nobody listens, so that the CDN's probes fail. */
  @Test
  void protectsTheOriginWhileNoCdnIsUp() throws Exception {
    Map<String, String> variables =
        Map.of(
            "CDN_HOST", "cdn@127.0.0.1:1",
            "ORIGIN_DOMAINS", "origin-cluster",
            "ORIGIN_EVERY", "0",
            "ORIGIN_MAX_PER_SECOND", "1",
            "PROBE_PATH", "/",
            "PROBE_SECONDS", "1");
    try (BalancerProcess balancer = BalancerProcess.start(variables);
        Caller caller = new Caller(balancer.port())) {
      assertThat(balancer.startLine()).contains("origin_max_per_second").contains("panic_percent");
      assertThat(balancer.stdout())
          .noneMatch(line -> line.contains("every call goes to the origin"));
      await().atMost(LIMIT).until(() -> caller.redirect().equals(VIDEO));

      // More within a second than it may get: at least one comes too soon.
      await().atMost(LIMIT).until(() -> caller.redirect().equals("http://127.0.0.1:1/s1/a.m3u8"));

      await()
          .untilAsserted(
              () -> {
                Scrape scrape = Scrape.parse(get(balancer, "/metrics").body());
                assertThat(scrape.value("origin_protection_total", "reason", "max_per_second"))
                    .isGreaterThanOrEqualTo(1);
                assertThat(scrape.value("origin_protection_total", "reason", "panic")).isZero();
              });
    }
  }

  @Test
  void warnsOfProbesThatCanLeaveEveryCallToTheOrigin() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.start(Map.of("PROBE_PATH", "/"))) {
      await()
          .atMost(LIMIT)
          .until(
              () ->
                  balancer.stdout().stream()
                      .anyMatch(line -> line.contains("every call goes to the origin")));
    }
  }

  @Test
  void picksByTheLoadsThatAreReported() throws Exception {
    Map<String, String> variables =
        Map.of(
            "CDN_HOST", "a, b",
            "CDN_POLICY", "least_connections",
            "ORIGIN_EVERY", "0",
            "ADMIN_TOKEN", "secret");
    try (BalancerProcess balancer = BalancerProcess.start(variables);
        Caller caller = new Caller(balancer.port())) {
      HttpResponse<String> rejected = report(balancer, "Bearer wrong");
      HttpResponse<String> taken = report(balancer, "Bearer secret");

      assertThat(rejected.statusCode()).isEqualTo(401);
      assertThat(taken.statusCode()).isEqualTo(200);
      for (int call = 0; call < 5; call++) {
        assertThat(caller.redirect()).isEqualTo("http://b/s1/a.m3u8");
      }
      assertThat(balancer.stdout()).noneMatch(line -> line.contains("secret"));
    }
  }

  @Test
  void anExplanationThatCannotBeHadIsSaidInALine() throws Exception {
    try (BalancerProcess nobody = BalancerProcess.run(Map.of("ADMIN_PORT", "1"), "explain", VIDEO);
        BalancerProcess unset = BalancerProcess.run(Map.of("ADMIN_PORT", "x"), "explain", VIDEO)) {
      assertThat(nobody.awaitExit(LIMIT)).isEqualTo(1);
      assertThat(nobody.stderr())
          .singleElement()
          .asString()
          .startsWith("no answer from 127.0.0.1:1: ")
          .contains("ADMIN_HOST and ADMIN_PORT");
      assertThat(unset.awaitExit(LIMIT)).isEqualTo(2);
      assertThat(unset.stderr()).singleElement().asString().startsWith("ADMIN_PORT: \"x\"");
    }
    try (BalancerProcess balancer = BalancerProcess.start(Map.of());
        BalancerProcess invalid = explain(balancer, "http://10.0.0.5/a")) {
      assertThat(invalid.awaitExit(LIMIT)).isEqualTo(2);
      assertThat(invalid.stderr())
          .singleElement()
          .asString()
          .startsWith("invalid video URL (host)");
      assertThat(invalid.stdout()).isEmpty();
    }
  }

  /** At once, so that no half of it can be read. */
  private static void replace(Path file, String json) throws IOException {
    Path next = Files.writeString(file.resolveSibling("next"), json);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** The URLs in the table of the explain command. */
  private static List<String> explained(BalancerProcess balancer) throws Exception {
    try (BalancerProcess explain = explain(balancer, VIDEO)) {
      assertThat(explain.awaitExit(LIMIT)).isZero();
      assertThat(explain.stderr()).isEmpty();
      return explain.stdout().stream()
          .filter(line -> line.endsWith("a.m3u8"))
          .map(line -> line.substring(line.lastIndexOf(' ') + 1))
          .toList();
    }
  }

  private static BalancerProcess explain(BalancerProcess balancer, String video)
      throws IOException {
    return BalancerProcess.run(
        Map.of("ADMIN_HOST", "0.0.0.0", "ADMIN_PORT", String.valueOf(balancer.adminPort())),
        "explain",
        video);
  }

  private static HttpResponse<String> report(BalancerProcess balancer, String authorization)
      throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(uri(balancer, "/loads"))
            .header("Authorization", authorization)
            .POST(BodyPublishers.ofString("{\"connections\": {\"a\": 1000, \"b\": 0}}")));
  }

  private static HttpResponse<String> get(BalancerProcess balancer, String path)
      throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri(balancer, path)));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient().send(request.timeout(LIMIT).build(), BodyHandlers.ofString());
  }

  private static URI uri(BalancerProcess balancer, String path) {
    return URI.create("http://127.0.0.1:" + balancer.adminPort() + path);
  }

  private static final class Caller implements AutoCloseable {
    private final ManagedChannel channel;
    private final loadBalancerBlockingStub stub;

    Caller(int port) {
      channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
      stub = loadBalancerGrpc.newBlockingStub(channel);
    }

    String redirect() {
      return redirect(VIDEO);
    }

    String redirect(String video) {
      return stub.redirect(Request.newBuilder().setVideo(video).build()).getRedirect();
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }
}
