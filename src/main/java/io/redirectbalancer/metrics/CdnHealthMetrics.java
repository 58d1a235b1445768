package io.redirectbalancer.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** Shows which CDNs are up and counts transitions, by CDN name. Thread-safe. */
public final class CdnHealthMetrics {
  private final MeterRegistry registry;
  private final Map<String, CdnMeters> cdns = new ConcurrentHashMap<>();

  private record CdnMeters(Gauge up, Counter toUp, Counter toDown) {}

  public CdnHealthMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Starts to show a CDN. */
  public void add(String cdn, BooleanSupplier up) {
    Gauge gauge =
        Gauge.builder("cdn.up", () -> up.getAsBoolean() ? 1 : 0)
            .description("1 for a CDN that takes calls, 0 for one that its probes have marked down")
            .tag("cdn", cdn)
            .register(registry);
    cdns.put(cdn, new CdnMeters(gauge, changes(cdn, "up"), changes(cdn, "down")));
  }

  /** Counts that a CDN was marked down or up. */
  public void changed(String cdn, boolean up) {
    CdnMeters meters = cdns.get(cdn);
    if (meters != null) {
      (up ? meters.toUp : meters.toDown).increment();
    }
  }

  /** Stops showing a CDN. */
  public void remove(String cdn) {
    CdnMeters meters = cdns.remove(cdn);
    if (meters != null) {
      List.<Meter>of(meters.up, meters.toUp, meters.toDown).forEach(registry::remove);
    }
  }

  private Counter changes(String cdn, String to) {
    return Counter.builder("cdn.health.changes")
        .description("Times that a CDN was marked down (to=down) or up (to=up)")
        .tags("cdn", cdn, "to", to)
        .register(registry);
  }
}
