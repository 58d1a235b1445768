package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationException;

/** Where the configuration of routing comes from. */
@FunctionalInterface
public interface RouteSource {
  /**
   * Reads and checks all of it.
   *
   * @throws ConfigurationException with every error; then there is no table
   */
  RoutingConfig config() throws ConfigurationException;
}
