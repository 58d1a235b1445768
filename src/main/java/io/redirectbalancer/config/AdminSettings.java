package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Where the admin HTTP server listens.
 *
 * @param host a name or an address; an IPv6 address has no brackets
 * @param port 0 for any free port
 * @param token the secret that a POST must carry; if empty, every POST is rejected
 */
public record AdminSettings(String host, int port, Optional<String> token) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9._~-]+)?");

  /** Reads the admin port's variables. */
  public static Supplier<AdminSettings> read(Environment environment) {
    var address = readAddress(environment);
    var token = environment.readOptional(Variable.ADMIN_TOKEN, AdminSettings::token);
    return () -> new AdminSettings(address.get().host(), address.get().port(), token.get());
  }

  /** Reads only the admin port's address, for its clients; the token is empty. */
  public static Supplier<AdminSettings> readAddress(Environment environment) {
    var host = environment.read(Variable.ADMIN_HOST, AdminSettings::host);
    var port = environment.readInt(Variable.ADMIN_PORT, 0, 65535);
    return () -> new AdminSettings(host.get(), port.get(), Optional.empty());
  }

  /** Returns the error for an admin port that cannot be listened on. */
  public ConfigurationError cannotListen(String reason) {
    return new ConfigurationError(
        "ADMIN_HOST, ADMIN_PORT",
        "cannot listen on "
            + authority(host, port)
            + ": "
            + reason
            + " (expected: an address of this machine and a free port; 0 takes any)");
  }

  /**
   * Returns {@code host:port}, with an IPv6 address in brackets (RFC 3986, section 3.2.2).
   *
   * @param port the actual port, which a setting of 0 does not tell
   */
  public static String authority(String host, int port) {
    return (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
  }

  /** Returns the name or address, without an IPv6 address's brackets. */
  static String host(String text) {
    boolean brackets = text.startsWith("[") && text.endsWith("]");
    String host = brackets ? text.substring(1, text.length() - 1) : text;
    if (isIpv6(host) || (!brackets && NAME.matcher(host).matches())) {
      return host;
    }
    throw new IllegalArgumentException(
        Quote.line(text)
            + " (expected: a host name or an IP address, such as localhost, 0.0.0.0 or ::1)");
  }

  private static boolean isIpv6(String host) {
    try {
      // Only parses the literal: text in brackets is never looked up.
      return IPV6.matcher(host).matches()
          && InetAddress.getByName("[" + host.replaceFirst("%.*", "") + "]") != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** Checks that the token has only characters allowed in a header: RFC 6750, section 2.1. */
  static String token(String text) {
    if (!text.matches("[A-Za-z0-9._~+/-]+=*")) {
      // The token is not quoted: even mistyped, it is a secret.
      throw new IllegalArgumentException(
          "of " + text.length() + " characters (expected: letters, digits and . _ ~ + / -)");
    }
    return text;
  }

  /** Leaves the token out. */
  @Override
  public String toString() {
    return authority(host, port);
  }
}
