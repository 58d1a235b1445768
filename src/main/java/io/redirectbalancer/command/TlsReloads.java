package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.metrics.TlsMetrics;
import io.redirectbalancer.reload.Reloadable;
import io.redirectbalancer.reload.TlsReload;
import io.redirectbalancer.server.GrpcServer;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;

/** What long-running commands have in common about their certificates. */
final class TlsReloads {
  private TlsReloads() {}

  /** Of the TLS port, if there is one; it must be listened on. */
  static Optional<Reloadable> ofServer(
      ServerSettings settings, GrpcServer grpc, MeterRegistry registry) {
    return settings
        .tls()
        .map(
            tls ->
                new TlsReload(
                    tls.files(),
                    tls.material(),
                    grpc::replaceTls,
                    TlsMetrics.ofServer(registry),
                    InstantSource.system()));
  }

  /** Of the connections to balancers. */
  static Reloadable ofClient(BalancerTls tls, MeterRegistry registry) {
    return new TlsReload(
        tls.settings().files(),
        tls.settings().material(),
        tls::replace,
        TlsMetrics.ofClient(registry),
        InstantSource.system());
  }

  /** Client certificates on one port are worth little if the other one takes anybody's calls. */
  static void warnOfPlaintext(ServerSettings settings, Logger log) {
    if (settings.tls().isPresent() && !settings.tls().get().material().authorities().isEmpty()) {
      log.warn(
          "TLS_CLIENT_CA holds for TLS_PORT only: PORT takes calls from whoever can reach it,"
              + " so let nobody reach it");
    }
  }
}
