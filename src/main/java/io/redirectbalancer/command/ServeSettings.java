package io.redirectbalancer.command;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.OriginDomains;
import io.redirectbalancer.routing.RoutingTable;
import java.util.Map;
import java.util.function.Supplier;

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
    var routing = readRouting(environment);
    var server = ServerSettings.read(environment);
    var admin = AdminSettings.read(environment);
    var log = LogSettings.read(environment);
    environment.throwIfMistaken();
    return new ServeSettings(routing.get(), server.get(), admin.get(), log.get());
  }

  private static Supplier<RoutingTable> readRouting(Environment environment) {
    var cdn = environment.read(Variable.CDN_HOST, Cdn::parse);
    var originEvery = environment.readInt(Variable.ORIGIN_EVERY, 0, Integer.MAX_VALUE);
    var originDomains = readOriginDomains(environment);
    return () -> new RoutingTable(originDomains.get(), originEvery.get(), cdn.get());
  }

  private static Supplier<OriginDomains> readOriginDomains(Environment environment) {
    if (environment.value(Variable.ORIGIN_DOMAINS).equals("*")) {
      return OriginDomains::any;
    }
    var domains = environment.readList(Variable.ORIGIN_DOMAINS, OriginDomains.Domain::parse);
    return () -> OriginDomains.of(domains.get());
  }
}
