package io.redirectbalancer.config;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * TLS, on a port of its own or, if the transport can tell it from plaintext, on the usual one.
 *
 * @param port that of TLS alone; empty if there is none
 * @param plaintext whether the usual port takes plaintext
 * @param files the PEM files, as they were at startup
 * @param material what they held; with authorities, clients must have a certificate
 */
public record TlsSettings(
    OptionalInt port, boolean plaintext, TlsFiles files, TlsMaterial material) {
  private static final String ALL = "TLS_PORT, TLS_CERT and TLS_KEY";
  private static final String PAIR = "TLS_CERT and TLS_KEY";

  /**
   * Returns the error for a certificate and key that belong together, but that the TLS library
   * rejects.
   */
  public static ConfigurationError rejectedByLibrary(String reason) {
    return TlsFiles.rejectedByLibrary("TLS_CERT, TLS_KEY", reason);
  }

  /**
   * Reads the server's TLS variables: none of them, or all but the authorities of clients. Whether
   * there has to be a port depends on the transport.
   */
  public static Supplier<Optional<TlsSettings>> read(Environment environment) {
    boolean front =
        environment.value(Variable.GRPC_TRANSPORT).toLowerCase(Locale.ROOT).equals("front");
    var port = environment.readOptionalInt(Variable.TLS_PORT, 0, 65535);
    var plaintext = environment.readSwitch(Variable.PLAINTEXT);
    long files = Stream.of(Variable.TLS_CERT, Variable.TLS_KEY).filter(environment::isSet).count();
    boolean hasPort = environment.isSet(Variable.TLS_PORT);
    boolean off = !plaintext.ifValid().orElse(true);
    if (off && !front) {
      environment.addError(
          new ConfigurationError(
              Variable.PLAINTEXT,
              "off, but PORT takes nothing else with GRPC_TRANSPORT=netty"
                  + " (expected: on, or GRPC_TRANSPORT=front as well)"));
    }
    if (files == 0 && !hasPort) {
      String needed = front ? PAIR : ALL;
      if (environment.isSet(Variable.TLS_CLIENT_CA)) {
        environment.addError(setWithoutTls(Variable.TLS_CLIENT_CA, "set", needed));
      }
      if (off && front) {
        environment.addError(setWithoutTls(Variable.PLAINTEXT, "off", needed));
      }
      return Optional::empty;
    }
    if (files < 2 || (!hasPort && !front)) {
      environment.addError(
          new ConfigurationError(
              "TLS_PORT, TLS_CERT, TLS_KEY",
              front
                  ? "only some are set (expected: all three, the last two, or none)"
                  : "only some are set (expected: all three, or none)"));
      return Optional::empty;
    }
    var pem =
        TlsFiles.named(environment, Variable.TLS_CERT, Variable.TLS_KEY, Variable.TLS_CLIENT_CA);
    var material = environment.readFiles(Variable.TLS_CERT, pem::material);
    return () -> Optional.of(new TlsSettings(port.get(), plaintext.get(), pem, material.get()));
  }

  private static ConfigurationError setWithoutTls(Variable variable, String what, String needed) {
    return new ConfigurationError(
        variable, what + " without TLS (expected: " + needed + " as well)");
  }
}
