package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.metrics.RoutingMetrics;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces the table in force while calls are served. A source with any error changes nothing.
 * Thread-safe.
 */
public final class RouteReloads {
  private static final Logger log = LoggerFactory.getLogger(RouteReloads.class);

  private final Redirector redirector;
  private final RedirectMetrics redirects;
  private final RoutingMetrics routing;
  private final boolean probed;
  private final Executor afterScrapes;

  /** Targets that the table no longer has, and the generation that removed them. */
  private final Map<String, Long> removed = new HashMap<>();

  /**
   * Creates reloads for a redirector.
   *
   * @param probed whether CDNs are marked down when their probes fail
   * @param afterScrapes runs a task once scrapes have had time to read the current counters
   */
  public RouteReloads(
      Redirector redirector,
      RedirectMetrics redirects,
      RoutingMetrics routing,
      boolean probed,
      Executor afterScrapes) {
    this.redirector = redirector;
    this.redirects = redirects;
    this.routing = routing;
    this.probed = probed;
    this.afterScrapes = afterScrapes;
  }

  /**
   * Puts the source's table in force, unless it has an error.
   *
   * @return whether it had none
   */
  public synchronized boolean reload(RouteSource source) {
    return reload(source, redirector.table().generation() + 1);
  }

  /**
   * Puts the source's table in force as this generation, unless it has an error.
   *
   * @return whether it had none
   */
  public synchronized boolean reload(RouteSource source, long generation) {
    RoutingTable old = redirector.table();
    RoutingTable table;
    try {
      table = source.config().table(generation);
    } catch (ConfigurationException e) {
      routing.rejected();
      log.atError()
          .addKeyValue("generation", old.generation())
          .addKeyValue("errors", e.toLine())
          .log("routing rejected; the table in force stays");
      return false;
    } catch (RuntimeException e) {
      routing.rejected();
      throw e;
    }
    // Before a call can be sent there.
    redirects.addTargets(table.targets());
    redirector.swap(table);
    removeTargets(old, table);
    routing.reloaded(table);
    RoutingLog.describe(log.atInfo().addKeyValue("generation", table.generation()), table)
        .log("routing changed");
    RoutingLog.warnings(table, probed).forEach(log::warn);
    return true;
  }

  private void removeTargets(RoutingTable old, RoutingTable table) {
    old.targets().forEach(target -> removed.put(target, table.generation()));
    removed.keySet().removeAll(table.targets());
    if (removed.containsValue(table.generation())) {
      afterScrapes.execute(() -> dropCounters(table.generation()));
    }
  }

  /** Removes the counters of targets that this generation removed and that have not come back. */
  private synchronized void dropCounters(long generation) {
    removed.forEach(
        (target, since) -> {
          if (since == generation) {
            redirects.removeTarget(target);
          }
        });
    removed.values().removeIf(since -> since == generation);
  }
}
