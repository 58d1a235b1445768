package io.redirectbalancer.command;

import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.reload.RoutesFile;
import io.redirectbalancer.reload.RoutingConfig;
import io.redirectbalancer.routing.RoutingTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How calls are routed at start.
 *
 * @param config the first configuration
 * @param file where it and later tables come from, if not from the variables
 * @param overridden variables that are set but ignored, since the file has a field of that name
 */
record RoutingSettings(RoutingConfig config, Optional<RoutesFile> file, List<Variable> overridden) {
  /** Returns the first table. */
  RoutingTable table() {
    return config.table(1);
  }

  /** Reads ROUTES_FILE, if set, and the routing variables. */
  static Supplier<RoutingSettings> read(Environment environment, Map<String, String> variables) {
    Optional<RoutesFile> read =
        environment
            .readOptional(Variable.ROUTES_FILE, path -> RoutesFile.open(path, variables))
            .get();
    if (read.isPresent()) {
      RoutesFile file = read.get();
      return environment.readFiles(
          Variable.ROUTES_FILE,
          () ->
              new RoutingSettings(
                  file.config(),
                  read,
                  file.fields().stream().filter(environment::isGiven).toList()));
    }
    var config = RoutingConfig.read(environment);
    return () -> new RoutingSettings(config.get(), read, List.of());
  }
}
