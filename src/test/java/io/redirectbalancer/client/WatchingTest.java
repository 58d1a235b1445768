package io.redirectbalancer.client;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.Scrape;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operators see of the client: meters and warnings. */
class WatchingTest {
  private static final String VIDEO = "http://s1.origin-cluster/video/1/a.m3u8";
  private static final RetryOptions STEADY =
      new RetryOptions(3, Duration.ofMillis(100), 2, Duration.ofSeconds(5), false);

  private Fleet fleet;

  @BeforeEach
  void start() throws IOException {
    fleet = new Fleet(2);
  }

  @AfterEach
  void stop() {
    fleet.close();
  }

  private RedirectClientOptions.Builder options() {
    return RedirectClientOptions.builder().retry(STEADY);
  }

  @Test
  void countsRetriesAndTheTimeTheyTake() {
    var registry = new SimpleMeterRegistry();
    RedirectClient client = fleet.connectedClient(options().meterRegistry(registry));
    double before = registry.get("grpc.retry.count").counter().count();
    long callsBefore = registry.get("grpc.retry.duration").timer().count();
    fleet.servers.forEach(server -> server.failTimes(1, Status.UNAVAILABLE));

    var future = client.redirectAsync(VIDEO);
    fleet.time.advanceMillis(300);

    assertThat(future).isCompleted();
    assertThat(registry.get("grpc.retry.count").counter().count()).isEqualTo(before + 2);
    assertThat(registry.get("grpc.retry.duration").timer().count()).isEqualTo(callsBefore + 1);
  }

  @Test
  void countsCallsByResultAndByTheBreakersState() {
    var registry = new SimpleMeterRegistry();
    RedirectClient client = fleet.connectedClient(options().meterRegistry(registry));
    fleet.servers.forEach(server -> server.failWith(Status.UNKNOWN));
    for (int i = 0; i < 5; i++) {
      assertThat(client.redirectAsync(VIDEO)).isCompletedExceptionally();
    }
    assertThat(client.redirectAsync(VIDEO)).isCompletedExceptionally();
    var fallback = client.redirectAsync(VIDEO, CallSettings.DEFAULT.withFailOpen(true));

    assertThat(fallback).isCompleted();
    assertThat(registry.get("grpc.client.call.count").tag("result", "unknown").counter().count())
        .isEqualTo(5);
    assertThat(
            registry.get("grpc.client.call.count").tag("result", "unavailable").counter().count())
        .isEqualTo(1);
    assertThat(registry.get("grpc.client.call.count").tag("result", "fallback").counter().count())
        .isEqualTo(1);
    assertThat(registry.get("circuit_breaker.call.count").tag("state", "open").counter().count())
        .isEqualTo(2);
    assertThat(registry.get("redirect.fallbacks").tag("reason", "breaker_open").counter().count())
        .isEqualTo(1);
  }

  @Test
  void countsEjectionsAgainOnceTheTimeOfTheLastIsOver() {
    var registry = new SimpleMeterRegistry();
    RedirectClient client =
        fleet.connectedClient(
            options()
                .meterRegistry(registry)
                .ejection(new EjectionOptions(3, Duration.ofSeconds(30))));
    fleet.server(0).failWith(Status.UNAVAILABLE);

    callAndWait(client, 20);
    assertThat(registry.get("grpc.client.ejections").counter().count()).isEqualTo(1);

    fleet.time.advanceMillis(30_000);
    callAndWait(client, 2);
    assertThat(registry.get("grpc.client.ejections").counter().count()).isEqualTo(2);
  }

  private void callAndWait(RedirectClient client, int times) {
    for (int i = 0; i < times; i++) {
      var call = client.redirectAsync(VIDEO);
      fleet.time.advanceMillis(150);
      assertThat(call).isCompleted();
    }
  }

  @Test
  void aScrapeShowsTheNamesWithItsSuffixes() {
    var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    fleet.connectedClient(options().meterRegistry(registry));

    Scrape scrape = Scrape.parse(registry.scrape());

    assertThat(scrape.names())
        .contains(
            "grpc_retry_count_total",
            "grpc_retry_duration_seconds_count",
            "grpc_client_ejections_total",
            "circuit_breaker_call_count_total",
            "circuit_breaker_call_latency_seconds_count",
            "grpc_client_call_count_total",
            "grpc_client_call_duration_seconds_count",
            "redirect_fallbacks_total");
    assertThat(scrape.labelValues("circuit_breaker_call_count_total", "state"))
        .containsExactlyInAnyOrder("closed", "open", "half_open");
    assertThat(scrape.labelValues("redirect_fallbacks_total", "reason"))
        .containsExactlyInAnyOrder(
            "breaker_open",
            "bulkhead_full",
            "budget_empty",
            "deadline_spent",
            "attempts_spent",
            "not_retryable");
    assertThat(scrape.labelValues("grpc_client_call_count_total", "target"))
        .containsExactly("test");
  }

  @Test
  void warnsOfRetriesAtMostOnceASecond() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.UNAVAILABLE));
    fleet.time.advanceMillis(1000);
    try (CapturedLogs logs = new CapturedLogs()) {
      fail(client);
      assertThat(errors(logs))
          .containsExactly("gRPC call failed with UNAVAILABLE, retrying in 100ms (attempt 1/3)");

      fleet.time.advanceMillis(700);
      fail(client);
      assertThat(errors(logs))
          .hasSize(2)
          .contains("gRPC call failed with UNAVAILABLE, retrying in 100ms (attempt 1/3)");
    }
  }

  @Test
  void warnsOfABreakerThatOpens() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.UNKNOWN));
    try (CapturedLogs logs = new CapturedLogs()) {
      for (int i = 0; i < 6; i++) {
        fail(client);
      }

      assertThat(errors(logs)).containsExactly("Circuit breaker opening after 5 failures");
    }
  }

  private void fail(RedirectClient client) {
    CompletableFuture<RedirectAnswer> future = client.redirectAsync(VIDEO);
    fleet.time.advanceMillis(300);
    assertThat(future).isCompletedExceptionally();
  }

  private static List<String> errors(CapturedLogs logs) {
    return logs.ours().stream()
        .map(ILoggingEvent::getKeyValuePairs)
        .filter(pairs -> pairs != null)
        .flatMap(List::stream)
        .filter(pair -> pair.key.equals("error.message"))
        .map(pair -> String.valueOf(pair.value))
        .toList();
  }
}
