package io.redirectbalancer.config;

import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A port with TLS.
 *
 * @param files the PEM files, as they were at startup
 * @param material what they held; with authorities, clients must have a certificate
 */
public record TlsSettings(int port, TlsFiles files, TlsMaterial material) {
  /**
   * Returns the error for a certificate and key that belong together, but that the TLS library
   * rejects.
   */
  public static ConfigurationError rejectedByLibrary(String reason) {
    return TlsFiles.rejectedByLibrary("TLS_CERT, TLS_KEY", reason);
  }

  /** Reads the server's TLS variables: none of them, or all but the authorities of clients. */
  public static Supplier<Optional<TlsSettings>> read(Environment environment) {
    var port =
        environment.readOptional(Variable.TLS_PORT, t -> Environment.wholeNumber(t, 0, 65535));
    long set =
        Stream.of(Variable.TLS_PORT, Variable.TLS_CERT, Variable.TLS_KEY)
            .filter(environment::isSet)
            .count();
    if (set == 0) {
      if (environment.isSet(Variable.TLS_CLIENT_CA)) {
        environment.addError(
            new ConfigurationError(
                Variable.TLS_CLIENT_CA,
                "set without TLS_PORT (expected: TLS_PORT, TLS_CERT and TLS_KEY as well)"));
      }
      return Optional::empty;
    }
    if (set < 3) {
      environment.addError(
          new ConfigurationError(
              "TLS_PORT, TLS_CERT, TLS_KEY", "only some are set (expected: all three, or none)"));
      return Optional::empty;
    }
    var files =
        TlsFiles.named(environment, Variable.TLS_CERT, Variable.TLS_KEY, Variable.TLS_CLIENT_CA);
    var material = environment.readFiles(Variable.TLS_CERT, files::material);
    return () -> Optional.of(new TlsSettings(port.get().orElseThrow(), files, material.get()));
  }
}
