package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.TlsMaterial;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.metrics.TlsMetrics;
import io.redirectbalancer.reload.Reloadable;
import io.redirectbalancer.reload.TlsReload;
import io.redirectbalancer.server.GrpcServer;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;

/** Certificate reloads and warnings that long-running commands share. */
final class TlsReloads {
  private TlsReloads() {}

  /** Returns the reload of the servers' certificate, if there is TLS; they must be listening. */
  static Optional<Reloadable> ofServer(
      ServerSettings settings, List<GrpcServer> servers, MeterRegistry registry) {
    return settings
        .tls()
        .map(
            tls ->
                new TlsReload(
                    tls.files(),
                    tls.material(),
                    material -> replace(servers, material),
                    TlsMetrics.ofServer(registry),
                    InstantSource.system()));
  }

  private static void replace(List<GrpcServer> servers, TlsMaterial material)
      throws ConfigurationException {
    for (GrpcServer server : servers) {
      server.replaceTls(material);
    }
  }

  /** Returns the reload of the certificate for connections to balancers. */
  static Reloadable ofClient(BalancerTls tls, MeterRegistry registry) {
    return new TlsReload(
        tls.settings().files(),
        tls.settings().material(),
        tls::replace,
        TlsMetrics.ofClient(registry),
        InstantSource.system());
  }

  /** Warns that client certificates protect little while plaintext takes anyone's calls. */
  static void warnOfPlaintext(ServerSettings settings, Logger log) {
    TlsSettings tls = settings.tls().orElse(null);
    if (tls == null || tls.material().authorities().isEmpty() || !tls.plaintext()) {
      return;
    }
    if (settings.front()) {
      log.warn(
          "TLS_CLIENT_CA holds for TLS only: PORT takes plaintext from whoever can reach it,"
              + " so set PLAINTEXT=off, or let nobody reach it");
    } else {
      log.warn(
          "TLS_CLIENT_CA holds for TLS_PORT only: PORT takes calls from whoever can reach it,"
              + " so let nobody reach it");
    }
  }
}
