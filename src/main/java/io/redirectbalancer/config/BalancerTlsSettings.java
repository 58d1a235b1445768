package io.redirectbalancer.config;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * TLS of a client's connections to the balancers.
 *
 * @param files the PEM files, as they were at startup
 * @param material what they held; without authorities, the JDK's are trusted
 */
public record BalancerTlsSettings(TlsFiles files, TlsMaterial material) {
  private static final List<Variable> FILES =
      List.of(Variable.BALANCER_CA, Variable.BALANCER_CERT, Variable.BALANCER_KEY);

  /** Returns the error for files that belong together, but that the TLS library rejects. */
  public static ConfigurationError rejectedByLibrary(String reason) {
    return TlsFiles.rejectedByLibrary("BALANCER_CA, BALANCER_CERT, BALANCER_KEY", reason);
  }

  /** Reads BALANCER_TLS and the files that go with it; empty for plaintext. */
  public static Supplier<Optional<BalancerTlsSettings>> read(Environment environment) {
    if (!environment.readSwitch(Variable.BALANCER_TLS).ifValid().orElse(false)) {
      FILES.stream()
          .filter(environment::isSet)
          .forEach(
              file ->
                  environment.addError(
                      new ConfigurationError(
                          file, "set without TLS (expected: BALANCER_TLS=on as well)")));
      return Optional::empty;
    }
    if (environment.isSet(Variable.BALANCER_CERT) != environment.isSet(Variable.BALANCER_KEY)) {
      environment.addError(
          new ConfigurationError(
              "BALANCER_CERT, BALANCER_KEY", "only one is set (expected: both, or none)"));
      return Optional::empty;
    }
    var files =
        TlsFiles.named(
            environment, Variable.BALANCER_CERT, Variable.BALANCER_KEY, Variable.BALANCER_CA);
    var material = environment.readFiles(Variable.BALANCER_CERT, files::material);
    return () -> Optional.of(new BalancerTlsSettings(files, material.get()));
  }
}
