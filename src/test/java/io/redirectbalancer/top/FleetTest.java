package io.redirectbalancer.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FleetTest {
  private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "control_database_up 0 | the control API's database does not answer",
        "control_generation_lag 2 | decides by an older generation than the database's",
        "routing_last_reload_successful 0 | its new routing is invalid, the last stays; see its log",
        "connections_rejected_total 3 | 3 connections rejected: MAX_CONNECTIONS are open",
        "connections_overload_closed_total 2 | 2 connections closed: memory is scarce",
        "log_lines_dropped_total 9 | 9 log lines dropped: nobody reads them",
        "origin_protection_total{reason=\"panic\"} 5 | 5 calls went to CDNs that are down: PANIC_PERCENT",
        "origin_protection_total{reason=\"max_per_second\"} 5"
            + " | 5 calls went to CDNs that are down: ORIGIN_MAX_PER_SECOND",
        "tls_certificate_expiry_timestamp_seconds 1796000000"
            + " | its certificate expires at 2026-11-30T00:53:20Z",
        "tls_client_certificate_expiry_timestamp_seconds 1796000000"
            + " | its certificate expires at 2026-11-30T00:53:20Z",
      })
  void saysInALineWhatIsWrong(String metric, String problem) {
    String before = metric.replaceFirst("_total(.*) .*", "_total$1 0");
    AdminPort port =
        Readings.port("a:1", Readings.at(0, before + "\n"), Readings.at(1, metric + "\n"));

    assertThat(Fleet.of(List.of(port), NOON).problems()).containsExactly("a:1: " + problem);
  }

  @Test
  void hasNoProblemsWhereAllIsWell() {
    String well =
        """
        control_database_up 1
        control_generation_lag 0
        connections_rejected_total 7
        tls_certificate_expiry_timestamp_seconds 1900000000
        """;
    AdminPort port =
        Readings.port(
            "a:1",
            Readings.at(0, Readings.balancer(0) + well),
            Readings.at(1, Readings.balancer(10) + well));

    assertThat(Fleet.of(List.of(port), NOON).problems()).isEmpty();
  }

  @Test
  void showsWhatAHealthCheckSays() {
    AdminPort draining = Readings.port("a:1", Readings.at(0, "", "draining", Map.of()));
    AdminPort failing =
        Readings.port("b:1", Readings.at(0, "", "db error: connection refused", Map.of()));
    Fleet fleet = Fleet.of(List.of(draining, failing), NOON);

    assertThat(fleet.ports()).extracting(Fleet.Port::state).containsExactly("draining", "ERROR");
    assertThat(fleet.problems())
        .containsExactly("a:1: /healthz: draining", "b:1: /healthz: db error: connection refused");
  }

  @Test
  void aProcessThatStartsAgainBeginsAnew() {
    Reading after =
        new Reading(
            2_000_000_000,
            Samples.parse("process_start_time_seconds 2000\n" + Readings.balancer(10)),
            "ok",
            Map.of());
    AdminPort port = Readings.port("a:1", Readings.at(1, Readings.balancer(5_000)), after);

    assertThat(port.lastInterval()).isEmpty();
    assertThat(Fleet.of(List.of(port), NOON).ports().get(0).calls()).isNaN();
  }

  @Test
  void remembersAMinute() {
    AdminPort port = AdminPort.at("a:1");
    for (int second = 0; second < 300; second++) {
      port.take(AdminPort.Answer.of(Readings.at(second, Readings.balancer(1_000 * second))));
    }

    assertThat(port.lastMinute().orElseThrow().seconds()).isEqualTo(60);
    assertThat(Fleet.of(List.of(port), NOON).seconds()).isEqualTo(60);
  }

  @Test
  void keepsItsPastWhileAPortDoesNotAnswer() {
    AdminPort port = Readings.port("a:1", Readings.at(0, Readings.balancer(0)));
    port.take(AdminPort.Answer.ofError("timed out"));
    assertThat(Fleet.of(List.of(port), NOON).allAnswer()).isFalse();
    port.take(AdminPort.Answer.of(Readings.at(4, Readings.balancer(4_000))));

    assertThat(Fleet.of(List.of(port), NOON).ports().get(0).calls()).isEqualTo(1_010);
  }

  @Test
  void isJson() {
    Map<String, @Nullable Object> members =
        JsonObject.parse(JsonObject.line(FrameTest.fleet().json()));

    assertThat(members.keySet())
        .containsExactly(
            "time",
            "seconds",
            "ports",
            "targets",
            "edges",
            "errors",
            "edge_errors",
            "rejections",
            "problems");
    assertThat(JsonObject.line(FrameTest.fleet().json()))
        .doesNotContain("\n")
        .contains(
            "{\"admin\":\"server-3:2112\",\"error\":\"connection refused\"}",
            "\"calls_per_second\":1010,\"p50_seconds\":1.01E-4",
            "{\"target\":\"slow\",\"wanted\":0.3,\"given\":0.3,\"calls_per_second\":450,\"up\":1,"
                + "\"probed_by\":2}",
            "\"rejections_per_second\":null");
  }
}
