package io.redirectbalancer.config;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * TLS of a client's connections to the balancers.
 *
 * @param files where certificates come from, also later
 * @param material what they held at the start: without authorities, those of the JDK are trusted
 */
public record BalancerTlsSettings(TlsFiles files, TlsMaterial material) {
  private static final List<Variable> FILES =
      List.of(Variable.BALANCER_CA, Variable.BALANCER_CERT, Variable.BALANCER_KEY);

  /** Reads BALANCER_TLS and the files that go with it; empty for plaintext. */
  public static Supplier<Optional<BalancerTlsSettings>> read(Environment environment) {
    environment.readWord(Variable.BALANCER_TLS, "on", "off");
    if (!environment.value(Variable.BALANCER_TLS).equalsIgnoreCase("on")) {
      FILES.stream()
          .filter(environment::isSet)
          .forEach(
              file ->
                  environment.addMistake(
                      file + ": set without TLS (expected: BALANCER_TLS=on as well)"));
      return Optional::empty;
    }
    if (environment.isSet(Variable.BALANCER_CERT) != environment.isSet(Variable.BALANCER_KEY)) {
      environment.addMistake(
          "BALANCER_CERT, BALANCER_KEY: only one is set (expected: both, or none)");
      return Optional::empty;
    }
    var files =
        TlsFiles.named(
            environment, Variable.BALANCER_CERT, Variable.BALANCER_KEY, Variable.BALANCER_CA);
    try {
      TlsMaterial material = files.read();
      return () -> Optional.of(new BalancerTlsSettings(files, material));
    } catch (ConfigurationException e) {
      e.mistakes().forEach(environment::addMistake);
      return Optional::empty;
    }
  }
}
