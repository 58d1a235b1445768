package io.redirectbalancer.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.Scrape;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminEndpointsTest {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final HealthEndpoint health = new HealthEndpoint();
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final AdminServer admin;

  AdminEndpointsTest() throws IOException {
    health.serve();
    admin =
        new AdminServer(
            "127.0.0.1",
            0,
            Optional.empty(),
            Map.of(
                "/metrics",
                new MetricsEndpoint(registry),
                "/healthz",
                health,
                "/livez",
                health.liveness()),
            registry);
  }

  @BeforeEach
  void count() {
    registry.counter("calls").increment(3);
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "*/*", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "text/html"})
  void metricsArePrometheusTextUnlessOpenMetricsIsAskedFor(String accept) throws Exception {
    HttpResponse<String> response = get("/metrics", accept);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().allValues("Content-Type"))
        .containsExactly("text/plain; version=0.0.4; charset=utf-8");
    assertThat(response.body()).doesNotContain("# EOF");
    assertThat(Scrape.parse(response.body()).value("calls_total")).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/openmetrics-text",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
            + "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
      })
  void metricsAreOpenMetricsWhereTheyAreAskedFor(String accept) throws Exception {
    HttpResponse<String> response = get("/metrics", accept);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().allValues("Content-Type"))
        .containsExactly("application/openmetrics-text; version=1.0.0; charset=utf-8");
    assertThat(response.body()).contains("# TYPE calls counter\n").endsWith("# EOF\n");
    assertThat(Scrape.parse(response.body()).value("calls_total")).isEqualTo(3);
  }

  @Test
  void theRootListsThePathsALineEach() throws Exception {
    HttpResponse<String> index = get("/", "");

    assertThat(index.statusCode()).isEqualTo(200);
    assertThat(index.headers().allValues("Content-Type"))
        .containsExactly("text/plain; charset=utf-8");
    assertThat(index.body())
        .isEqualTo(
            """
            GET  /healthz  200 ok while new calls are welcome; 503 starting or draining (readiness)
            GET  /livez    200 ok as long as the process serves, draining or not (liveness)
            GET  /metrics  the metrics, in the Prometheus text format or as OpenMetrics
            """);
    assertThat(request("HEAD", "/").statusCode()).isEqualTo(200);
    assertThat(request("POST", "/").statusCode()).isEqualTo(405);
  }

  @Test
  void aQueryChangesNothing() throws Exception {
    assertThat(get("/metrics?name=x", "").statusCode()).isEqualTo(200);
  }

  @Test
  void healthIsNotOkBeforeServingBeginsNorAgainAfterDraining() throws IOException {
    HealthEndpoint early = new HealthEndpoint();
    Endpoint.Request request = new Endpoint.Request("GET", Map.of(), "", "");
    assertThat(early.answer(request).status()).isEqualTo(503);
    assertThat(early.liveness().answer(request).body()).isEqualTo("starting\n");

    early.drain();
    early.serve();

    assertThat(early.answer(request).status()).isEqualTo(503);
  }

  @Test
  void healthIsOkUntilDrainingBeginsAndLivenessBeyond() throws Exception {
    HttpResponse<String> before = get("/healthz", "");
    health.drain();
    HttpResponse<String> after = get("/healthz", "");
    HttpResponse<String> live = get("/livez", "");

    assertThat(before.statusCode()).isEqualTo(200);
    assertThat(before.body()).isEqualTo("ok\n");
    assertThat(after.statusCode()).isEqualTo(503);
    assertThat(after.body()).isEqualTo("draining\n");
    assertThat(live.statusCode()).isEqualTo(200);
    assertThat(live.body()).isEqualTo("ok\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/metrics/", "/metricsx", "/metrics/x", "/METRICS", "/healthz/", "/health"})
  void anyOtherPathIsNotFoundWhateverTheMethod(String path) throws Exception {
    assertThat(get(path, "").statusCode()).isEqualTo(404);
    assertThat(request("POST", path).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"})
  void otherMethodsAreNotAllowed(String method) throws Exception {
    for (String path : List.of("/metrics", "/healthz")) {
      HttpResponse<String> response = request(method, path);

      assertThat(response.statusCode()).isEqualTo(405);
      assertThat(response.headers().allValues("Allow")).containsExactly("GET, HEAD");
    }
  }

  @Test
  void headIsGetWithoutTheBody() throws Exception {
    HttpResponse<String> metrics = request("HEAD", "/metrics");
    assertThat(metrics.statusCode()).isEqualTo(200);
    assertThat(metrics.headers().allValues("Content-Type"))
        .containsExactly("text/plain; version=0.0.4; charset=utf-8");
    assertThat(metrics.body()).isEmpty();

    health.drain();
    assertThat(request("HEAD", "/healthz").statusCode()).isEqualTo(503);
  }

  @Test
  void anEndpointThatFailsAnswersWithoutDetailsAndIsLogged() throws Exception {
    Endpoint failing =
        request -> {
          throw new IOException("secret");
        };
    try (AdminServer broken =
            new AdminServer(
                "127.0.0.1", 0, Optional.empty(), Map.of("/metrics", failing), registry);
        CapturedLogs logs = new CapturedLogs()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(uri(broken.port(), "/metrics")).build(),
              BodyHandlers.ofString());

      assertThat(response.statusCode()).isEqualTo(500);
      assertThat(response.body()).doesNotContain("secret");
      assertThat(logs.ours())
          .singleElement()
          .satisfies(
              event -> assertThat(event.getThrowableProxy().getMessage()).isEqualTo("secret"));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX) // where all of 127.0.0.0/8 is loopback
  void onlyTheGivenAddressIsListenedOn() {
    assertThatExceptionOfType(ConnectException.class)
        .isThrownBy(() -> new Socket("127.0.0.2", admin.port()).close());
  }

  @Test
  void aPortThatIsTakenIsSaid() {
    assertThatExceptionOfType(BindException.class)
        .isThrownBy(
            () ->
                new AdminServer("127.0.0.1", admin.port(), Optional.empty(), Map.of(), registry)
                    .close())
        .withMessageContaining("in use");
  }

  private HttpResponse<String> get(String path, String accept) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(admin.port(), path));
    if (!accept.isEmpty()) {
      request.header("Accept", accept);
    }
    return client.send(request.timeout(Duration.ofSeconds(5)).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> request(String method, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(admin.port(), path))
            .method(method, BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(5))
            .build(),
        BodyHandlers.ofString());
  }

  private static URI uri(int port, String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }
}
