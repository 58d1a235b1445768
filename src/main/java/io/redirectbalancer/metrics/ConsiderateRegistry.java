package io.redirectbalancer.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

/**
 * Lets calls go first while it is scraped. A scrape takes a core for a millisecond or two, and
 * where the event loop shares that core, the kernel lets a waiting call wait for most of it; so the
 * scrape offers to step back before each metric.
 */
public final class ConsiderateRegistry extends PrometheusRegistry {
  ConsiderateRegistry() {}

  /** A registry of meters that is scraped in this way. */
  public static PrometheusMeterRegistry create() {
    return new PrometheusMeterRegistry(
        PrometheusConfig.DEFAULT, new ConsiderateRegistry(), Clock.SYSTEM);
  }

  @Override
  public void register(MultiCollector metric) {
    super.register(new Considerate(metric));
  }

  @Override
  public void unregister(MultiCollector metric) {
    super.unregister(new Considerate(metric));
  }

  private record Considerate(MultiCollector metric) implements MultiCollector {
    @Override
    @SuppressWarnings("ThreadPriorityCheck") // a hint is all that is wanted
    public MetricSnapshots collect() {
      Thread.yield();
      return metric.collect();
    }
  }
}
