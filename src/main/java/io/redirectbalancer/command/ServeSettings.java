package io.redirectbalancer.command;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.ProbeSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.reload.RoutesFile;
import io.redirectbalancer.reload.RoutingConfig;
import io.redirectbalancer.routing.RoutingTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

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
    var file =
        environment
            .readOptional(Variable.ROUTES_FILE, path -> RoutesFile.open(path, variables))
            .get();
    Supplier<RoutingConfig> routing =
        file.isPresent()
            ? environment.readFiles(Variable.ROUTES_FILE, file.get()::config)
            : RoutingConfig.read(environment);
    var probes = ProbeSettings.read(environment);
    var server = ServerSettings.read(environment, ProcessLimits.maxConnections());
    var admin = AdminSettings.read(environment);
    var log = LogSettings.read(environment);
    environment.throwIfInvalid();
    Set<Variable> fields = file.isPresent() ? file.get().fields() : Set.of();
    List<Variable> overridden = fields.stream().filter(environment::isGiven).toList();
    return new ServeSettings(
        routing.get().table(1),
        file,
        overridden,
        probes.get(),
        server.get(),
        admin.get(),
        log.get());
  }
}
