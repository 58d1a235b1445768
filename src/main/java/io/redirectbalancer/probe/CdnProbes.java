package io.redirectbalancer.probe;

import io.redirectbalancer.config.ProbeSettings;
import io.redirectbalancer.metrics.CdnHealthMetrics;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.CdnHealth;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes every CDN of the table once in each interval: new ones from the next interval on; removed
 * ones no longer. Thread-safe.
 *
 * <p>The probes are spread over the interval, so that one thread, and one or two for name look-ups,
 * are enough; only a look-up that hangs takes a thread of its own.
 */
public final class CdnProbes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CdnProbes.class);

  private final Duration interval;
  private final CdnHealth health;
  private final CdnHealthMetrics metrics;
  private final Scheduler scheduler;
  private final Function<Cdn, Probe> probeOf;
  private final Runnable onClose;
  private final Map<Cdn, CdnProbe> probes = new LinkedHashMap<>();
  private boolean closed;

  CdnProbes(
      Duration interval,
      CdnHealth health,
      CdnHealthMetrics metrics,
      Scheduler scheduler,
      Function<Cdn, Probe> probeOf,
      Runnable onClose) {
    this.interval = interval;
    this.health = health;
    this.metrics = metrics;
    this.scheduler = scheduler;
    this.probeOf = probeOf;
    this.onClose = onClose;
  }

  /** Starts probing. */
  public static CdnProbes start(
      ProbeSettings settings, CdnHealth health, CdnHealthMetrics metrics) {
    AtomicInteger number = new AtomicInteger();
    ExecutorService lookUps =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "probe-look-up-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    ProbeClient client = new ProbeClient();
    var probes =
        new CdnProbes(
            settings.interval(),
            health,
            metrics,
            client,
            cdn ->
                new HttpProbe(
                    ProbeUrl.of(cdn, settings.path()),
                    client,
                    client,
                    lookUps,
                    host -> List.of(InetAddress.getAllByName(host))),
            () -> {
              client.close();
              lookUps.shutdown();
            });
    probes.tick();
    return probes;
  }

  /** Stops probing. The CDNs keep their state. */
  @Override
  public synchronized void close() {
    closed = true;
    probes.values().forEach(CdnProbe::stop);
    probes.clear();
    onClose.run();
  }

  /** Probes all CDNs once within the interval, and again in each later one. */
  synchronized void tick() {
    if (closed) {
      return;
    }
    scheduler.schedule(this::tick, interval);
    try {
      followTable();
      Duration apart = interval.dividedBy(Math.max(1, probes.size()));
      Duration delay = Duration.ZERO;
      for (CdnProbe probe : probes.values()) {
        scheduler.schedule(probe::ask, delay);
        delay = delay.plus(apart);
      }
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("CDNs could not be probed; the next interval tries again");
    }
  }

  private void followTable() {
    Set<Cdn> cdns = new LinkedHashSet<>(health.cdns());
    // Removed ones first: a CDN of the same name at another address reuses their meters' names.
    probes.forEach(
        (cdn, probe) -> {
          if (!cdns.contains(cdn)) {
            probe.stop();
          }
        });
    probes.keySet().retainAll(cdns);
    for (Cdn cdn : cdns) {
      try {
        probes.computeIfAbsent(cdn, c -> new CdnProbe(c, probeOf.apply(c), health, metrics));
      } catch (RuntimeException e) {
        log.atError()
            .addKeyValue("cdn", cdn.name())
            .setCause(e)
            .log("CDN cannot be probed; the next interval tries again");
      }
    }
  }
}
