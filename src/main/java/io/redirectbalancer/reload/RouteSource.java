package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationException;

/** A source of the routing configuration. */
@FunctionalInterface
public interface RouteSource {
  /**
   * Reads and checks the configuration.
   *
   * @throws ConfigurationException with every error; then there is no table
   */
  RoutingConfig config() throws ConfigurationException;
}
