package io.redirectbalancer.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConsiderateRegistryTest {
  @Test
  void showsWhatAnyOtherRegistryShows() {
    var usual = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    PrometheusMeterRegistry considerate = new ConsiderateRegistry();
    measure(usual);
    measure(considerate);

    assertThat(considerate.scrape())
        .isEqualTo(usual.scrape())
        .contains("calls_total{target=\"cdn\"} 2.0", "seconds_bucket{le=\"0.05\"} 1", "up 1.0");
  }

  @Test
  void aMetricThatIsTakenAwayIsNotAskedAgain() {
    var registry = new ConsiderateRegistry.Metrics();
    var asked = new AtomicInteger();
    MultiCollector metric =
        () -> {
          asked.incrementAndGet();
          return new MetricSnapshots();
        };
    registry.register(metric);
    registry.scrape();

    registry.unregister(metric);
    registry.scrape();

    assertThat(asked).hasValue(1);
  }

  private static void measure(MeterRegistry registry) {
    registry.counter("calls", "target", "origin").increment();
    registry.counter("calls", "target", "cdn").increment(2);
    registry.gauge("up", 1);
    Timer.builder("handling")
        .serviceLevelObjectives(Duration.ofMillis(50))
        .register(registry)
        .record(Duration.ofMillis(40));
  }
}
