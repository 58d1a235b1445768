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
 * @param plaintext whether it takes plaintext; with TLS as well, only our own transport can
 */
public record Listener(
    String variables,
    Optional<String> host,
    int port,
    Optional<TlsMaterial> tls,
    boolean plaintext) {

  /** A port that takes either TLS or plaintext. */
  public Listener(String variables, Optional<String> host, int port, Optional<TlsMaterial> tls) {
    this(variables, host, port, tls, tls.isEmpty());
  }

  /** Returns the ports of a server: the usual port, then that of TLS alone if there is one. */
  static List<Listener> of(ServerSettings settings) {
    Optional<TlsSettings> tls = settings.tls();
    Optional<TlsMaterial> material = tls.map(TlsSettings::material);
    List<Listener> listeners = new ArrayList<>();
    listeners.add(
        new Listener(
            Variable.PORT.name(),
            Optional.empty(),
            settings.port(),
            settings.front() ? material : Optional.empty(),
            tls.isEmpty() || tls.get().plaintext()));
    if (tls.isPresent() && tls.get().port().isPresent()) {
      int port = tls.get().port().getAsInt();
      listeners.add(new Listener(Variable.TLS_PORT.name(), Optional.empty(), port, material));
    }
    return listeners;
  }

  /** Returns the error for a port that cannot be listened on. */
  ConfigurationError cannotListen(String reason) {
    return ServerSettings.cannotListen(
        variables, host.map(name -> name + " port ").orElse("") + port, reason);
  }
}
