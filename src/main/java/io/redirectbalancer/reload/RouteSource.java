package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.routing.RoutingTable;

/** Where routing tables come from. */
@FunctionalInterface
public interface RouteSource {
  /**
   * Reads and checks all that makes up a table, as it is now.
   *
   * @param generation the table's
   * @throws ConfigurationException with every error; then there is no table
   */
  RoutingTable read(long generation) throws ConfigurationException;
}
