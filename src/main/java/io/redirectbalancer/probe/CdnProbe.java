package io.redirectbalancer.probe;

import io.redirectbalancer.metrics.CdnHealthMetrics;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.CdnHealth;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks one CDN down after 3 failed probes in a row and up after 2 successful ones in a row.
 * Thread-safe.
 *
 * <p>Results count in the order in which the probes started: when the interval is shorter than the
 * timeout, a slow probe may end after the next one. Probes that this machine could not make are
 * logged and do not count.
 */
final class CdnProbe {
  private static final Logger log = LoggerFactory.getLogger(CdnProbe.class);
  private static final int FAILURES_TO_MARK_DOWN = 3;
  private static final int SUCCESSES_TO_MARK_UP = 2;

  private final Cdn cdn;
  private final Probe probe;
  private final CdnHealth health;
  private final CdnHealthMetrics metrics;
  private CompletableFuture<Void> counted = CompletableFuture.completedFuture(null);
  private int contradictions;
  private boolean unmade;
  private boolean stopped;

  CdnProbe(Cdn cdn, Probe probe, CdnHealth health, CdnHealthMetrics metrics) {
    this.cdn = cdn;
    this.probe = probe;
    this.health = health;
    this.metrics = metrics;
    metrics.add(cdn.name(), () -> health.isUp(cdn));
  }

  /** Probes once more, unless stopped. Returns at once. */
  synchronized void ask() {
    if (stopped) {
      return;
    }
    CompletableFuture<@Nullable ProbeResult> result = startProbe().exceptionally(this::logUnmade);
    counted =
        counted
            .exceptionally(logged -> null) // One failure must not end all later probes.
            .thenCombine(result, (before, found) -> found)
            .thenAccept(this::count);
  }

  private CompletableFuture<ProbeResult> startProbe() {
    try {
      return probe.ask();
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Logs the first of several probes in a row that cannot be made. */
  private synchronized @Nullable ProbeResult logUnmade(Throwable error) {
    if (!unmade && !stopped) {
      unmade = true;
      log.atError()
          .addKeyValue("cdn", cdn.name())
          .setCause(error)
          .log("CDN could not be probed; its state does not change");
    }
    return null;
  }

  /** Stops probing: later results are ignored, and the meters are removed. */
  synchronized void stop() {
    stopped = true;
    metrics.remove(cdn.name());
  }

  private synchronized void count(@Nullable ProbeResult result) {
    if (stopped || result == null) {
      return;
    }
    unmade = false;
    try {
      judge(result);
    } catch (RuntimeException | Error e) {
      // Nothing else reads the future that would hold it.
      log.atError()
          .addKeyValue("cdn", cdn.name())
          .setCause(e)
          .log("a probe's result could not be counted");
    }
  }

  private void judge(ProbeResult result) {
    boolean up = health.isUp(cdn);
    if (result.healthy() == up) {
      contradictions = 0;
      return;
    }
    contradictions++;
    if (contradictions >= (up ? FAILURES_TO_MARK_DOWN : SUCCESSES_TO_MARK_UP)) {
      contradictions = 0;
      change(result);
    }
  }

  private void change(ProbeResult result) {
    boolean up = result.healthy();
    if (!health.setUp(cdn, up)) {
      return; // a new table without this CDN has replaced the old one
    }
    metrics.changed(cdn.name(), up);
    (up ? log.atInfo() : log.atWarn())
        .addKeyValue("cdn", cdn.name())
        .addKeyValue("address", cdn.address())
        .addKeyValue("probe", result.detail())
        .log(up ? "CDN is marked up" : "CDN is marked down");
  }
}
