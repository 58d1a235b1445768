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
 * Meters of the routing table in force: its generation and shares, reloads, and the effect of its
 * origin protection. Thread-safe.
 */
public final class RoutingMetrics {
  private final InstantSource clock;
  private final MultiGauge wanted;
  private final Counter reloaded;
  private final Counter rejected;
  private volatile long generation;
  private volatile double loadedAtSeconds;
  private volatile boolean successful = true;

  /** Starts with the first table, which does not count as a reload. */
  public RoutingMetrics(MeterRegistry registry, InstantSource clock, Redirector redirector) {
    this.clock = clock;
    wanted =
        MultiGauge.builder("routing.share.wanted")
            .description("Share of the calls that a target should get while all CDNs are up")
            .register(registry);
    reloaded = reloads(registry, "success");
    rejected = reloads(registry, "failure");
    Gauge.builder("routing.generation", this, metrics -> metrics.generation)
        .description("Number of the routing table in force: since the start, or in the database")
        .strongReference(true)
        .register(registry);
    Gauge.builder("routing.last.reload.timestamp", this, metrics -> metrics.loadedAtSeconds)
        .description("When the table in force was loaded")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
    Gauge.builder("routing.last.reload.successful", this, metrics -> metrics.successful ? 1 : 0)
        .description("1 if the last reload of the routing, or the start, had no errors, else 0")
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

  /** Records that another table is in force. */
  public void reloaded(RoutingTable table) {
    reloaded.increment();
    successful = true;
    show(table);
  }

  /** Records that the next table was invalid. */
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
        .description("Reloads of the routing, by whether they had no errors")
        .tag("result", result)
        .register(registry);
  }
}
