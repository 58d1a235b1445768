package io.redirectbalancer.command;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.ProbeSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.reload.RouteSource;
import io.redirectbalancer.reload.RoutesFile;
import io.redirectbalancer.reload.RoutingVariables;
import io.redirectbalancer.routing.RoutingTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that the serve command is told by its environment.
 *
 * @param routing the first table
 * @param routesFile where that and later ones come from, if not from the environment
 * @param overridden variables that are set but ignored, since the file has them, too
 * @param probes how the CDNs are probed, if they are
 */
record ServeSettings(
    RoutingTable routing,
    Optional<RoutesFile> routesFile,
    List<Variable> overridden,
    Optional<ProbeSettings> probes,
    ServerSettings server,
    AdminSettings admin,
    LogSettings log) {

  /**
   * Reads the environment.
   *
   * @throws ConfigurationException with every error in it
   */
  static ServeSettings read(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.SERVE, variables);
    String path = environment.value(Variable.ROUTES_FILE);
    Optional<RoutesFile> file =
        path.isEmpty() ? Optional.empty() : Optional.of(new RoutesFile(path, variables));
    var routing =
        readRouting(
            environment, file.<RouteSource>map(f -> f).orElse(new RoutingVariables(variables)));
    var probes = ProbeSettings.read(environment);
    var server = ServerSettings.read(environment, ProcessLimits.maxConnections());
    var admin = AdminSettings.read(environment);
    var log = LogSettings.read(environment);
    environment.throwIfInvalid();
    List<Variable> overridden =
        RoutingVariables.VARIABLES.stream()
            .filter(v -> environment.isGiven(v) && file.filter(f -> f.overrides(v)).isPresent())
            .toList();
    return new ServeSettings(
        routing.orElseThrow(),
        file,
        overridden,
        probes.get(),
        server.get(),
        admin.get(),
        log.get());
  }

  private static Optional<RoutingTable> readRouting(Environment environment, RouteSource source) {
    try {
      return Optional.of(source.read(1));
    } catch (ConfigurationException e) {
      environment.addErrors(e);
      return Optional.empty();
    }
  }
}
