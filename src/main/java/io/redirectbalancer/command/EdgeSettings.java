package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.transport.Transport;
import io.redirectbalancer.url.OriginDomains;
import java.util.Map;
import java.util.Optional;

/**
 * All that the edge command is told by its environment.
 *
 * @param verbose whether gRPC logs what it does
 */
record EdgeSettings(
    ClientSettings client,
    ServerSettings server,
    AdminSettings admin,
    LogSettings log,
    boolean verbose) {
  /** The balancers. */
  String target() {
    return client.target().orElseThrow();
  }

  boolean failOpen() {
    return client.failOpen();
  }

  /** Which origin URLs it may answer with by itself. */
  OriginDomains originDomains() {
    return client.originDomains();
  }

  /**
   * A client of the balancers.
   *
   * @param tls empty for plaintext
   * @throws ConfigurationException if they are named in a way that nobody understands
   */
  RedirectClient connect(Transport transport, Optional<BalancerTls> tls, MeterRegistry registry)
      throws ConfigurationException {
    // Answers go back on the connection's own thread: passing them on does not block.
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
    var verbose = environment.readSwitch(Variable.GRPC_VERBOSE);
    environment.throwIfInvalid();
    return new EdgeSettings(client.get(), server.get(), admin.get(), log.get(), verbose.get());
  }
}
