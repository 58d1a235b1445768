package io.redirectbalancer.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.admin.Endpoint.Request;
import io.redirectbalancer.admin.Endpoint.Response;
import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.routing.LoadReport;
import io.redirectbalancer.routing.OriginProtection;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.routing.WeightedCdn;
import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplainEndpointTest {
  private static final String VIDEO = "http://s1.origin-cluster/v.m3u8?a=b&c";

  private final Redirector redirector =
      new Redirector(
          new RoutingTable(
              4,
              OriginDomains.any(),
              3,
              Policy.ROUND_ROBIN,
              List.of(
                  WeightedCdn.parse("fast@https://cdn-a.example.com/base=3"),
                  WeightedCdn.parse("cdn-b.example.com"))));
  private final ExplainEndpoint endpoint = new ExplainEndpoint(redirector);

  @BeforeEach
  void takeOneCdnOut() {
    redirector.report(new LoadReport(Map.of("fast", 12L), Duration.ofMinutes(1)));
    redirector.setUp(WeightedCdn.parse("cdn-b.example.com").cdn(), false);
  }

  @Test
  void answersInJson() {
    Response response = explain("*/*", "video", VIDEO, "calls", "3");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.contentType()).isEqualTo("application/json");
    String url = "https://cdn-a.example.com/base/s1/v.m3u8?a=b&c";
    assertThat(JsonObject.parse(response.body()))
        .isEqualTo(
            Map.of(
                "generation", number(4),
                "policy", "round_robin",
                "origin_every", number(3),
                "panic_percent", number(0),
                "cdns",
                    List.of(
                        Map.of(
                            "name",
                            "fast",
                            "address",
                            "https://cdn-a.example.com/base",
                            "weight",
                            number(3),
                            "up",
                            true,
                            "connections",
                            number(12)),
                        Map.of(
                            "name",
                            "cdn-b.example.com",
                            "address",
                            "cdn-b.example.com",
                            "weight",
                            number(1),
                            "up",
                            false)),
                "calls",
                    List.of(
                        call(1, "fast", "policy", url),
                        with(call(2, "fast", "failover", url), "instead_of", "cdn-b.example.com"),
                        call(3, "origin", "origin_turn", VIDEO))));
  }

  @Test
  void answersWithATableWhereTextIsAskedFor() {
    Response response = explain("text/plain", "video", VIDEO, "calls", "3");

    assertThat(response.contentType()).isEqualTo("text/plain; charset=utf-8");
    assertThat(response.body())
        .isEqualTo(
            """
            generation 4, policy round_robin, origin every 3

            CDN                WEIGHT  HEALTH  CONNECTIONS  ADDRESS
            fast               3       up      12           https://cdn-a.example.com/base
            cdn-b.example.com  1       down    -            cdn-b.example.com

            TURN  TARGET  REASON                         REDIRECT
            1     fast    policy                         https://cdn-a.example.com/base/s1/v.m3u8?a=b&c
            2     fast    failover of cdn-b.example.com  https://cdn-a.example.com/base/s1/v.m3u8?a=b&c
            3     origin  origin_turn                    http://s1.origin-cluster/v.m3u8?a=b&c
            """);
  }

  @Test
  void showsWhatProtectsTheOrigin() {
    redirector.swap(
        new RoutingTable(
                5,
                OriginDomains.any(),
                3,
                Policy.ROUND_ROBIN,
                List.of(WeightedCdn.parse("cdn-b.example.com")))
            .withProtection(new OriginProtection(OptionalInt.of(1), 0)));

    assertThat(explain("text/plain", "video", VIDEO, "calls", "4").body())
        .isEqualTo(
            """
            generation 5, policy round_robin, origin every 3, origin max per second 1

            CDN                WEIGHT  HEALTH  CONNECTIONS  ADDRESS
            cdn-b.example.com  1       down    -            cdn-b.example.com

            TURN  TARGET             REASON                          REDIRECT
            1     origin             no_cdn_up of cdn-b.example.com  http://s1.origin-cluster/v.m3u8?a=b&c
            2     cdn-b.example.com  origin_max                      http://cdn-b.example.com/s1/v.m3u8?a=b&c
            3     origin             origin_turn                     http://s1.origin-cluster/v.m3u8?a=b&c
            4     cdn-b.example.com  origin_max                      http://cdn-b.example.com/s1/v.m3u8?a=b&c
            """);

    redirector.swap(
        new RoutingTable(
                6,
                OriginDomains.any(),
                3,
                Policy.ROUND_ROBIN,
                List.of(WeightedCdn.parse("cdn-b.example.com")))
            .withProtection(new OriginProtection(OptionalInt.of(1), 50)));

    assertThat(JsonObject.parse(explain("", "video", VIDEO, "calls", "1").body()))
        .containsEntry("origin_max_per_second", number(1))
        .containsEntry("panic_percent", number(50))
        .containsEntry(
            "calls",
            List.of(
                call(1, "cdn-b.example.com", "panic", "http://cdn-b.example.com/s1/v.m3u8?a=b&c")));
    assertThat(explain("text/plain", "video", VIDEO).body())
        .contains("origin every 3, origin max per second 1, panic percent 50\n");
  }

  @Test
  void explainsTwentyCallsUnlessToldOtherwiseAndMovesNoCounter() throws InvalidVideoUrlException {
    redirector.redirect(VIDEO);

    String first = explain("text/plain", "video", VIDEO).body();

    assertThat(first.lines().filter(line -> line.contains("v.m3u8"))).hasSize(20);
    assertThat(explain("text/plain", "video", VIDEO).body()).isEqualTo(first);
    assertThat(redirector.redirect(VIDEO).target()).isEqualTo("fast");
    assertThat(redirector.redirect(VIDEO).target()).isEqualTo("origin");
  }

  @ParameterizedTest
  @CsvSource({"0, 1 to 1000", "1001, 1 to 1000", "x, not a number", "'', not a number"})
  void saysHowManyCallsItExplains(String calls, String error) {
    Response response = explain("", "video", VIDEO, "calls", calls);

    assertThat(response.status()).isEqualTo(400);
    assertThat(response.body()).startsWith("calls: ").contains(error);
  }

  @Test
  void saysWhichRuleAVideoBreaks() {
    Response response = explain("", "video", "http://10.0.0.5/a");

    assertThat(response.status()).isEqualTo(400);
    assertThat(response.body()).startsWith("invalid video URL (host)");
  }

  @Test
  void saysThatItNeedsAVideo() {
    assertThat(explain("", "vido", VIDEO))
        .isEqualTo(
            Response.text(400, "no video (expected: /explain?video=URL&calls=20, URL encoded)"));
  }

  @Test
  void explainsFewerCallsOfALongUrl() {
    String url = "http://s1.o/" + "a".repeat(2036);

    assertThat(explain("", "video", url, "calls", "128").status()).isEqualTo(200);
    assertThat(explain("", "video", url, "calls", "129"))
        .isEqualTo(
            Response.text(400, "calls: 129 (expected: at most 128 for a URL of 2048 characters)"));
  }

  private Response explain(String accept, String... query) {
    Map<String, String> parameters = new HashMap<>();
    for (int i = 0; i < query.length; i += 2) {
      parameters.put(query[i], query[i + 1]);
    }
    return endpoint.answer(new Request("GET", parameters, accept, ""));
  }

  private static Map<String, Object> call(int turn, String target, String reason, String url) {
    return Map.of("turn", number(turn), "target", target, "reason", reason, "redirect", url);
  }

  private static Map<String, Object> with(Map<String, Object> map, String name, String value) {
    Map<String, Object> more = new HashMap<>(map);
    more.put(name, value);
    return more;
  }

  private static BigDecimal number(int value) {
    return BigDecimal.valueOf(value);
  }
}
