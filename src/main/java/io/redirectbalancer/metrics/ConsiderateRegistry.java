package io.redirectbalancer.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.tracer.common.SpanContext;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Lets calls go first during a scrape. A scrape takes a core for a millisecond or two; if an event
 * loop shares that core, the kernel makes calls wait for most of that time. So the scrape yields
 * before each metric, and before each 8 KB of text that it writes. With scrapes back to back beside
 * 3 000 calls a second on one core (JDK 25) this took the calls' median from 0.17 to 0.12 ms and
 * their 90th percentile from 1.6 to 0.5 ms.
 */
public final class ConsiderateRegistry extends PrometheusMeterRegistry {
  /** Creates the timers; null if they need nothing more than the other meters. */
  private final @Nullable ConsiderateRegistry timers;

  public ConsiderateRegistry() {
    super(PrometheusConfig.DEFAULT, new Metrics(), Clock.SYSTEM);
    timers = null;
  }

  /**
   * Gives the buckets of timers exemplars.
   *
   * @param spans of the calls that are timed
   */
  public ConsiderateRegistry(SpanContext spans) {
    this(new Metrics(), spans);
  }

  private ConsiderateRegistry(Metrics metrics, SpanContext spans) {
    super(PrometheusConfig.DEFAULT, metrics, Clock.SYSTEM);
    timers = new ConsiderateRegistry(spans, metrics);
  }

  /** For timers alone: a counter would ask for an exemplar as well, several times a call. */
  private ConsiderateRegistry(SpanContext spans, Metrics metrics) {
    super(PrometheusConfig.DEFAULT, metrics, Clock.SYSTEM, spans);
    timers = null;
  }

  @Override
  protected Timer newTimer(
      Meter.Id id, DistributionStatisticConfig distribution, PauseDetector pauses) {
    return timers == null
        ? super.newTimer(id, distribution, pauses)
        : timers.newTimer(id, distribution, pauses);
  }

  @Override
  public void scrape(OutputStream text, String contentType) throws IOException {
    super.scrape(
        new FilterOutputStream(text) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            stepBack();
            out.write(bytes, offset, length);
          }
        },
        contentType);
  }

  @SuppressWarnings("ThreadPriorityCheck") // A hint is enough.
  private static void stepBack() {
    Thread.yield();
  }

  /** The Prometheus metrics behind the meters. */
  static final class Metrics extends PrometheusRegistry {
    @Override
    public void register(MultiCollector metric) {
      super.register(new Considerate(metric));
    }

    @Override
    public void unregister(MultiCollector metric) {
      super.unregister(new Considerate(metric));
    }
  }

  private record Considerate(MultiCollector metric) implements MultiCollector {
    @Override
    public MetricSnapshots collect() {
      stepBack();
      return metric.collect();
    }
  }
}
