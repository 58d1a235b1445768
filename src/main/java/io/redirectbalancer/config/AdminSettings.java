package io.redirectbalancer.config;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where the admin HTTP listens.
 *
 * @param port 0 for a free one
 * @param token what a POST must bear; without one it is refused
 */
public record AdminSettings(String host, int port, Optional<String> token) {
  /** Reads the admin side's variables. */
  public static Supplier<AdminSettings> read(Environment environment) {
    var host = environment.read(Variable.ADMIN_HOST, text -> text);
    var port = environment.readInt(Variable.ADMIN_PORT, 0, 65535);
    var token = environment.readOptional(Variable.ADMIN_TOKEN, AdminSettings::token);
    return () -> new AdminSettings(host.get(), port.get(), token.get());
  }

  /**
   * {@code host:port}, an IPv6 address in brackets (RFC 3986, section 3.2.2).
   *
   * @param port the one that is listened on, which a setting of 0 does not say
   */
  public static String authority(String host, int port) {
    return (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
  }

  /** The characters that a token may have in a header: RFC 6750, section 2.1. */
  private static String token(String text) {
    if (!text.matches("[A-Za-z0-9._~+/-]+=*")) {
      // The token itself is not quoted: it is a secret, be it mistyped.
      throw new IllegalArgumentException(
          "of " + text.length() + " characters (expected: letters, digits and . _ ~ + / -)");
    }
    return text;
  }

  /** Without the token. */
  @Override
  public String toString() {
    return authority(host, port);
  }
}
