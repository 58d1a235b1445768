package io.redirectbalancer.command;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.routing.RoutingTable;
import java.util.Map;

/** All that the serve command is told by its environment. */
record ServeSettings(
    RoutingTable routing, ServerSettings server, AdminSettings admin, LogSettings log) {

  /**
   * Reads the environment.
   *
   * @throws ConfigurationException with every mistake in it
   */
  static ServeSettings read(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(variables);
    var routing = RoutingSettings.read(environment, 1);
    var server = ServerSettings.read(environment);
    var admin = AdminSettings.read(environment);
    var log = LogSettings.read(environment);
    environment.throwIfMistaken();
    return new ServeSettings(routing.get(), server.get(), admin.get(), log.get());
  }
}
