package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.Endpoint;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.transport.ErrorText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The ports of a process: it listens on all of them or on none. */
final class Ports {
  private Ports() {}

  /** Listens on all ports; if that fails for one of them, closes the others again. */
  static AdminServer listen(
      List<GrpcServer> grpc,
      AdminSettings settings,
      Map<String, Endpoint> endpoints,
      MeterRegistry registry)
      throws ConfigurationException {
    List<ConfigurationError> errors = new ArrayList<>();
    grpc.forEach(server -> errors.addAll(server.start()));
    String host = settings.host();
    int port = settings.port();
    try {
      AdminServer admin = new AdminServer(host, port, settings.token(), endpoints, registry);
      if (errors.isEmpty()) {
        return admin;
      }
      admin.close();
    } catch (IOException e) {
      errors.add(settings.cannotListen(ErrorText.of(e)));
    }
    grpc.forEach(GrpcServer::close);
    throw new ConfigurationException(errors);
  }
}
