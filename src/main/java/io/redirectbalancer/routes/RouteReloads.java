package io.redirectbalancer.routes;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.metrics.RoutingMetrics;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts tables in force, one after the other, while calls are served. A source with any mistake in
 * it changes nothing. Thread-safe.
 */
public final class RouteReloads {
  private static final Logger log = LoggerFactory.getLogger(RouteReloads.class);

  private final Redirector redirector;
  private final RedirectMetrics redirects;
  private final RoutingMetrics routing;

  public RouteReloads(Redirector redirector, RedirectMetrics redirects, RoutingMetrics routing) {
    this.redirector = redirector;
    this.redirects = redirects;
    this.routing = routing;
  }

  /**
   * Takes the source's table from now on, unless there is a mistake in it.
   *
   * @return whether there was none
   */
  public synchronized boolean reload(RouteSource source) {
    RoutingTable table;
    try {
      table = source.read(redirector.table().generation() + 1);
    } catch (ConfigurationException e) {
      routing.refused();
      log.atError()
          .addKeyValue("generation", redirector.table().generation())
          .addKeyValue("mistakes", String.join("; ", e.mistakes()))
          .log("routing refused; what was in force stays");
      return false;
    }
    // Before a call can get there.
    redirects.addTargets(table.targets());
    redirector.swap(table);
    routing.reloaded(table);
    log.atInfo()
        .addKeyValue("generation", table.generation())
        .addKeyValue("cdn_host", table.describeCdns())
        .addKeyValue("cdn_policy", table.policy())
        .addKeyValue("origin_every", table.originEvery())
        .addKeyValue("origin_domains", table.originDomains())
        .log("routing changed");
    if (table.originDomains().admitsAny()) {
      log.warn(RoutingVariables.ANY_ORIGIN);
    }
    return true;
  }
}
