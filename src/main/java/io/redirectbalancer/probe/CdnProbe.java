package io.redirectbalancer.probe;

import io.redirectbalancer.metrics.CdnHealthMetrics;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.CdnHealth;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one CDN out after 3 failed probes in a row and brings it back after 2 good ones in a row.
 * Thread-safe.
 *
 * <p>Results count in the order in which the probes were begun: one that hangs may end after the
 * next one, when these are less than its time-out apart.
 */
final class CdnProbe {
  private static final Logger log = LoggerFactory.getLogger(CdnProbe.class);
  private static final int FAILURES_TO_TAKE_OUT = 3;
  private static final int SUCCESSES_TO_BRING_BACK = 2;

  private final Cdn cdn;
  private final Probe probe;
  private final CdnHealth health;
  private final CdnHealthMetrics metrics;
  private CompletableFuture<Void> counted = CompletableFuture.completedFuture(null);
  private int contradictions;
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
    counted = counted.thenCombine(probe.ask(), (before, result) -> result).thenAccept(this::count);
  }

  /** Probes no more: results that are still to come count for nothing, and the meters go. */
  synchronized void stop() {
    stopped = true;
    metrics.remove(cdn.name());
  }

  private synchronized void count(ProbeResult result) {
    if (stopped) {
      return;
    }
    boolean up = health.isUp(cdn);
    if (result.healthy() == up) {
      contradictions = 0;
      return;
    }
    contradictions++;
    if (contradictions >= (up ? FAILURES_TO_TAKE_OUT : SUCCESSES_TO_BRING_BACK)) {
      contradictions = 0;
      change(result);
    }
  }

  private void change(ProbeResult result) {
    boolean up = result.healthy();
    if (!health.setUp(cdn, up)) {
      return; // a table without this CDN has come in between
    }
    metrics.changed(cdn.name(), up);
    (up ? log.atInfo() : log.atWarn())
        .addKeyValue("cdn", cdn.name())
        .addKeyValue("address", cdn.address())
        .addKeyValue("probe", result.detail())
        .log(up ? "CDN is back" : "CDN is taken out");
  }
}
