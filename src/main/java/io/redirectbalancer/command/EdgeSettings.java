package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.TraceSettings;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.transport.Transport;
import io.redirectbalancer.url.OriginDomains;
import java.util.Map;
import java.util.Optional;

/**
 * The edge command's settings, read from the environment.
 *
 * @param verbose whether gRPC logs what it does
 */
record EdgeSettings(
    ClientSettings client,
    ServerSettings server,
    AdminSettings admin,
    LogSettings log,
    TraceSettings traces,
    boolean verbose) {
  /** Returns the balancers' target. */
  String target() {
    return client.target().orElseThrow();
  }

  boolean failOpen() {
    return client.failOpen();
  }

  /** Returns the domains whose origin URLs the edge may answer with as a fallback. */
  OriginDomains originDomains() {
    return client.originDomains();
  }

  /**
   * Creates a client of the balancers.
   *
   * @param tls empty for plaintext
   * @throws ConfigurationException if the target is invalid
   */
  RedirectClient connect(Transport transport, Optional<BalancerTls> tls, MeterRegistry registry)
      throws ConfigurationException {
    // On the connection's own thread, since passing answers on does not block.
    var options =
        client
            .options()
            .meterRegistry(registry)
            .transport(transport)
            .callbackExecutor(Runnable::run);
    tls.ifPresent(used -> options.credentials(used.credentials(), used.hasCertificate()));
    try {
      return RedirectClient.create(target(), options.build());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          new ConfigurationError(Variable.BALANCER_TARGET, String.valueOf(e.getMessage())));
    }
  }

  /**
   * Reads the environment.
   *
   * @throws ConfigurationException with every error in it
   */
  static EdgeSettings read(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.EDGE, variables);
    var client = ClientSettings.read(environment);
    var server = ServerSettings.read(environment, ProcessLimits.maxConnections());
    var admin = AdminSettings.read(environment);
    var log = LogSettings.read(environment);
    var traces = TraceSettings.read(environment);
    var verbose = environment.readSwitch(Variable.GRPC_VERBOSE);
    environment.throwIfInvalid();
    return new EdgeSettings(
        client.get(), server.get(), admin.get(), log.get(), traces.get(), verbose.get());
  }
}
