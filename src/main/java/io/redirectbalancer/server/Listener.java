package io.redirectbalancer.server;

import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.TlsMaterial;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.config.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A port to listen on.
 *
 * @param variables that set it, for errors
 * @param host a name or an address; empty for all addresses
 * @param port 0 for any free one
 * @param tls empty for plaintext
 */
public record Listener(
    String variables, Optional<String> host, int port, Optional<TlsMaterial> tls) {
  /** Returns the ports of a server: the plaintext port, then the TLS port if there is one. */
  static List<Listener> of(ServerSettings settings) {
    List<Listener> listeners = new ArrayList<>();
    listeners.add(
        new Listener(Variable.PORT.name(), Optional.empty(), settings.port(), Optional.empty()));
    settings.tls().ifPresent(tls -> listeners.add(tls(tls)));
    return listeners;
  }

  private static Listener tls(TlsSettings tls) {
    return new Listener(
        Variable.TLS_PORT.name(), Optional.empty(), tls.port(), Optional.of(tls.material()));
  }

  /** Returns the error for a port that cannot be listened on. */
  ConfigurationError cannotListen(String reason) {
    return ServerSettings.cannotListen(
        variables, host.map(name -> name + " port ").orElse("") + port, reason);
  }
}
