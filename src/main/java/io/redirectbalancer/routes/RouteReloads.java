package io.redirectbalancer.routes;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.metrics.RoutingMetrics;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts tables in force, one after the other, while calls are served. A source with any error in it
 * changes nothing. Thread-safe.
 */
public final class RouteReloads {
  private static final Logger log = LoggerFactory.getLogger(RouteReloads.class);

  private final Redirector redirector;
  private final RedirectMetrics redirects;
  private final RoutingMetrics routing;
  private final boolean probed;

  /**
   * Ready for reloads.
   *
   * @param probed whether CDNs are taken out when their probes fail
   */
  public RouteReloads(
      Redirector redirector, RedirectMetrics redirects, RoutingMetrics routing, boolean probed) {
    this.redirector = redirector;
    this.redirects = redirects;
    this.routing = routing;
    this.probed = probed;
  }

  /**
   * Takes the source's table from now on, unless there is an error in it.
   *
   * @return whether there was none
   */
  public synchronized boolean reload(RouteSource source) {
    RoutingTable old = redirector.table();
    RoutingTable table;
    try {
      table = source.read(old.generation() + 1);
    } catch (ConfigurationException e) {
      routing.refused();
      log.atError()
          .addKeyValue("generation", old.generation())
          .addKeyValue("mistakes", String.join("; ", e.mistakes()))
          .log("routing refused; what was in force stays");
      return false;
    } catch (RuntimeException e) {
      routing.refused();
      throw e;
    }
    // Before a call can get there.
    redirects.addTargets(table.targets());
    redirector.swap(table);
    routing.reloaded(table);
    RoutingLog.describe(log.atInfo().addKeyValue("generation", table.generation()), table)
        .log("routing changed");
    RoutingLog.warnings(table, probed).forEach(log::warn);
    return true;
  }
}
