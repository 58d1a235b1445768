package io.redirectbalancer.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.routing.WeightedCdn;
import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /loads}, and who may. */
class AdminPostTest {
  private static final String TOKEN = "s3cret-token/+=";
  private static final String REPORT = "{\"connections\": {\"a\": 10, \"b\": 0}}";

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final AtomicLong clock = new AtomicLong();
  private final Redirector redirector =
      new Redirector(
          new RoutingTable(
              1,
              OriginDomains.any(),
              0,
              Policy.LEAST_CONNECTIONS,
              List.of(new WeightedCdn(Cdn.parse("a"), 1), new WeightedCdn(Cdn.parse("b"), 1))),
          clock::get);

  @AfterEach
  void stopScheduler() {
    scheduler.shutdownNow();
  }

  @Test
  void aReportChangesWhoIsPickedUntilItExpires() throws Exception {
    HttpResponse<String> response = post(TOKEN, "Bearer " + TOKEN, REPORT);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(response.body().replaceAll("\\s", ""))
        .isEqualTo("{\"taken\":[\"a\",\"b\"],\"unknown\":[]}");

    clock.set(Duration.ofSeconds(60).toNanos() - 1);
    assertThat(loads()).containsExactly(OptionalLong.of(10), OptionalLong.of(0));
    clock.incrementAndGet();
    assertThat(loads()).containsOnly(OptionalLong.empty());
  }

  @Test
  void aReportSaysHowLongItIsGood() throws Exception {
    post(TOKEN, "Bearer " + TOKEN, "{\"connections\": {\"a\": 1}, \"ttl_seconds\": 5}");

    clock.set(Duration.ofSeconds(5).toNanos() - 1);
    assertThat(loads()).containsExactly(OptionalLong.of(1), OptionalLong.empty());
    clock.incrementAndGet();
    assertThat(loads()).containsOnly(OptionalLong.empty());
  }

  @Test
  void anExpiredReportIsDroppedByItself() throws Exception {
    post(TOKEN, "Bearer " + TOKEN, "{\"connections\": {\"a\": 1}, \"ttl_seconds\": 1}");
    clock.set(Duration.ofSeconds(1).toNanos());

    await().until(() -> redirector.explain("http://s1.o/a", 1).cdns().get(0).load().isEmpty());
  }

  @Test
  void whatTheTableDoesNotHaveIsNamedAndTheRestTaken() throws Exception {
    HttpResponse<String> response =
        post(TOKEN, "Bearer " + TOKEN, "{\"connections\": {\"x\": 1, \"a\": 2}}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body().replaceAll("\\s", ""))
        .isEqualTo("{\"taken\":[\"a\"],\"unknown\":[\"x\"]}");
    assertThat(loads()).containsExactly(OptionalLong.of(2), OptionalLong.empty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                                | no JSON object",
        "[]                                | no JSON object",
        "{                                 | Unexpected end-of-input",
        "{\"connections\": NaN}            | Non-standard token 'NaN' (expected: one JSON object)",
        "{}                                | connections (expected: an object, CDN to number of"
            + " connections)",
        "{\"connections\": 5}              | connections (expected: an object",
        "{\"connections\": {\"a\": \"5\"}} | connections of \"a\": \"5\" (expected: a whole number"
            + " from 0 to",
        "{\"connections\": {\"a\": 1.5}}   | connections of \"a\": 1.5 (expected: a whole number",
        "{\"connections\": {\"a\": null}}  | connections of \"a\": null (expected: a whole number",
        "{\"connections\": {\"a\": 1e30}}  | connections of \"a\": 1E+30 (expected: a whole number",
        "{\"connections\": {\"a\": -1}}    | connections of \"a\": -1 (expected: a whole number"
            + " from 0 to 1000000000000)",
        "{\"connections\": {}, \"ttl_seconds\": 0}     | ttl_seconds: 0 (expected: a whole number"
            + " from 1 to 3600)",
        "{\"connections\": {}, \"ttl_seconds\": 3601} | (expected: a whole number from 1 to 3600)",
        "{\"connections\": {}, \"ttl_seconds\": 9e18}  | (expected: a whole number from 1 to 3600)",
        "{\"connections\": {}, \"ttl_seconds\": null}  | ttl_seconds: null (expected: a whole"
            + " number",
        "{\"connections\": {}, \"ttl\": 5} | ttl: no such field (expected: connections,"
            + " ttl_seconds)",
      })
  void aReportWithAnErrorIsRejectedWhole(String body, String error) throws Exception {
    HttpResponse<String> response = post(TOKEN, "Bearer " + TOKEN, body);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains(error).endsWith("\n");
    assertThat(loads()).containsOnly(OptionalLong.empty());
  }

  @Test
  void everyErrorOfAReportIsSaidAtOnce() throws Exception {
    HttpResponse<String> response =
        post(
            TOKEN,
            "Bearer " + TOKEN,
            "{\"ttl\": 5, \"connections\": {\"a\": 0.5, \"b\": \"\"}, \"ttl_seconds\": true}");

    assertThat(response.body())
        .contains(
            "ttl: ", "connections of \"a\": ", "connections of \"b\": ", "ttl_seconds: true ");
  }

  @Test
  void aLargeBodyIsRejected() throws Exception {
    String padding = " ".repeat(64 * 1024 - REPORT.length());

    assertThat(post(TOKEN, "Bearer " + TOKEN, REPORT + padding).statusCode()).isEqualTo(200);
    assertThat(post(TOKEN, "Bearer " + TOKEN, REPORT + padding + " ").statusCode()).isEqualTo(413);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Bearer ",
        "Bearer s3cret-token/+",
        "Bearer s3cret-token/+==",
        "Bearer S3cret-token/+=",
        "Basic s3cret-token/+=",
        "s3cret-token/+="
      })
  void aPostWithoutTheTokenIsRejected(String authorization) throws Exception {
    HttpResponse<String> response = post(TOKEN, authorization, REPORT);

    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    assertThat(response.body())
        .isEqualTo("rejected (expected: the header Authorization: Bearer <ADMIN_TOKEN>)\n");
    assertThat(loads()).containsOnly(OptionalLong.empty());
  }

  /** RFC 9110, section 11.1: the scheme's name is case-insensitive. */
  @Test
  void theSchemeMayBeWrittenInAnyCase() throws Exception {
    assertThat(post(TOKEN, "bearer " + TOKEN, REPORT).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer ", "Bearer null", "Bearer Optional.empty"})
  void withoutATokenEveryPostIsRejected(String authorization) throws Exception {
    HttpResponse<String> response = post("", authorization, REPORT);

    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(response.body())
        .isEqualTo("rejected: no ADMIN_TOKEN is set here, which a POST must send\n");
    assertThat(loads()).containsOnly(OptionalLong.empty());
  }

  @Test
  void wrongTokensAreCountedAndSlowedDownAndTheRightOneStillPasses() throws Exception {
    try (AdminServer admin = admin(TOKEN);
        CapturedLogs logs = new CapturedLogs()) {
      for (int i = 0; i < 5; i++) {
        assertThat(post(admin, "Bearer wrong", REPORT).statusCode()).isEqualTo(401);
      }
      long beforeSixth = System.nanoTime();
      assertThat(post(admin, "Bearer wrong", REPORT).statusCode()).isEqualTo(401);
      long beforeRight = System.nanoTime();
      assertThat(post(admin, "Bearer " + TOKEN, REPORT).statusCode()).isEqualTo(200);

      assertThat(Duration.ofNanos(beforeRight - beforeSixth)).isGreaterThan(Duration.ofMillis(100));
      assertThat(registry.get("admin.rejected.tokens").counter().count()).isEqualTo(6);
      assertThat(logs.ours()).isNotEmpty().noneMatch(line -> line.toString().contains("Bearer"));
    }
  }

  @Test
  void onlySoManyTokensMayWaitToBeLookedAt() throws Exception {
    List<RawHttp> clients = new ArrayList<>();
    try (AdminServer admin = admin(TOKEN);
        CapturedLogs logs = new CapturedLogs()) {
      for (int i = 0; i < 5; i++) {
        post(admin, "Bearer wrong", REPORT);
      }
      for (int i = 0; i < Limits.WAITING_TOKENS; i++) {
        clients.add(RawHttp.connect(admin.port()));
        clients
            .get(i)
            .send(
                "POST /loads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %d\r\n\r\n".formatted(i));
      }

      HttpResponse<String> more = post(admin, "Bearer wrong", REPORT);
      assertThat(more.statusCode()).isEqualTo(429);
      assertThat(more.headers().firstValue("Retry-After")).contains("5");
      for (RawHttp client : clients) {
        assertThat(client.answer().status()).isEqualTo(401);
      }
      assertThat(logs.stackTraces()).isEmpty();
    } finally {
      for (RawHttp client : clients) {
        client.close();
      }
    }
  }

  private HttpResponse<String> post(String token, String authorization, String body)
      throws IOException, InterruptedException {
    try (AdminServer admin = admin(token)) {
      return post(admin, authorization, body);
    }
  }

  private AdminServer admin(String token) throws IOException {
    return new AdminServer(
        "127.0.0.1",
        0,
        Optional.of(token).filter(text -> !text.isEmpty()),
        Map.of("/loads", new LoadsEndpoint(redirector, scheduler)),
        registry);
  }

  private static HttpResponse<String> post(AdminServer admin, String authorization, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.port() + "/loads"))
            .timeout(Duration.ofSeconds(30))
            .POST(BodyPublishers.ofString(body));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  private List<OptionalLong> loads() throws InvalidVideoUrlException {
    redirector.expireLoads();
    return redirector.explain("http://s1.o/a", 1).cdns().stream().map(cdn -> cdn.load()).toList();
  }
}
