package io.redirectbalancer.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.redirectbalancer.routing.OriginProtection;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import java.time.InstantSource;
import java.util.List;

/**
 * The routing table in force: its generation and shares, how it got there, and what its protection
 * of the origin has done. Thread-safe.
 */
public final class RoutingMetrics {
  private final InstantSource clock;
  private final MultiGauge wanted;
  private final Counter reloaded;
  private final Counter rejected;
  private volatile long generation;
  private volatile double loadedAtSeconds;
  private volatile boolean successful = true;

  /** With the table of the start, which counts as no reload. */
  public RoutingMetrics(MeterRegistry registry, InstantSource clock, Redirector redirector) {
    this.clock = clock;
    wanted =
        MultiGauge.builder("routing.share.wanted")
            .description("Part of the calls that a target should get while all CDNs are up")
            .register(registry);
    reloaded = reloads(registry, "success");
    rejected = reloads(registry, "failure");
    Gauge.builder("routing.generation", this, metrics -> metrics.generation)
        .description("Which routing table since the start is in force")
        .strongReference(true)
        .register(registry);
    Gauge.builder("routing.last.reload.timestamp", this, metrics -> metrics.loadedAtSeconds)
        .description("When the table in force was loaded")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
    Gauge.builder("routing.last.reload.successful", this, metrics -> metrics.successful ? 1 : 0)
        .description(
            "1 if the last change of the routing, or the start, was free of errors, else 0")
        .strongReference(true)
        .register(registry);
    for (OriginProtection.Reason reason : OriginProtection.Reason.values()) {
      FunctionCounter.builder("origin.protection", redirector, r -> r.protectedCalls(reason))
          .description("Calls that went to CDNs whatever their health, to protect the origin")
          .tag("reason", reason.toString())
          .register(registry);
    }
    show(redirector.table());
  }

  /** Another table is in force. */
  public void reloaded(RoutingTable table) {
    reloaded.increment();
    successful = true;
    show(table);
  }

  /** What should have been the next table was invalid. */
  public void rejected() {
    rejected.increment();
    successful = false;
  }

  private void show(RoutingTable table) {
    generation = table.generation();
    loadedAtSeconds = clock.millis() / 1e3;
    List<Row<?>> rows =
        table.shares().entrySet().stream()
            .<Row<?>>map(share -> Row.of(Tags.of("target", share.getKey()), share.getValue()))
            .toList();
    wanted.register(rows, true);
  }

  private static Counter reloads(MeterRegistry registry, String result) {
    return Counter.builder("routing.reloads")
        .description("Changes of the routing while running, by whether they were free of errors")
        .tag("result", result)
        .register(registry);
  }
}
