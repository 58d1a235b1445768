package io.redirectbalancer.command;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.ControlSettings;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.ProbeSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.TraceSettings;
import io.redirectbalancer.config.Variable;
import java.util.Map;
import java.util.Optional;

/**
 * The serve command's settings, read from the environment.
 *
 * @param probes how the CDNs are probed; empty if they are not
 * @param control the control API; empty if there is none
 */
record ServeSettings(
    RoutingSettings routing,
    Optional<ProbeSettings> probes,
    Optional<ControlSettings> control,
    ServerSettings server,
    AdminSettings admin,
    LogSettings log,
    TraceSettings traces) {

  /**
   * Reads the environment.
   *
   * @throws ConfigurationException with every error in it
   */
  static ServeSettings read(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.SERVE, variables);
    var routing = RoutingSettings.read(environment, variables);
    var probes = ProbeSettings.read(environment);
    var server = ServerSettings.read(environment, ProcessLimits.maxConnections());
    var control = ControlSettings.read(environment, environment.isSet(Variable.TLS_PORT));
    var admin = AdminSettings.read(environment);
    var log = LogSettings.read(environment);
    var traces = TraceSettings.read(environment);
    environment.throwIfInvalid();
    return new ServeSettings(
        routing.get(),
        probes.get(),
        control.get(),
        server.get(),
        admin.get(),
        log.get(),
        traces.get());
  }
}
