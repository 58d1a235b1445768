package io.redirectbalancer.client;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code host:port}: a DNS name, an IPv4 address, or an IPv6 address in brackets, which may have a
 * zone (RFC 4007: {@code [fe80::1%eth0]}), and a port from 1 to 65535.
 *
 * <p>Names follow resolvers' rules: labels may contain underscores, and a trailing dot makes a name
 * absolute. A host that ends in a number is an IPv4 address or invalid.
 */
public final class HostPort {
  private static final int MAX_LENGTH = 300; // 254 for a name, the rest for a zone and a port.
  private static final int MAX_PORT = 65535;
  private static final String LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";
  private static final Pattern SYNTAX =
      Pattern.compile(
          "(?<host>LABEL(?:\\.LABEL)*\\.?|\\[(?<ipv6>[0-9A-Fa-f:.]+)(?:%[A-Za-z0-9._~-]+)?])"
                  .replace("LABEL", LABEL)
              + ":(?<port>[1-9][0-9]{0,4})");
  private static final Pattern ENDS_IN_A_NUMBER = Pattern.compile("(?:.*\\.)?[0-9]+\\.?");
  private static final Pattern IPV4 =
      Pattern.compile(
          "(?:OCTET\\.){3}OCTET".replace("OCTET", "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"));

  private HostPort() {}

  /** Parses the text without looking the host up; returns empty if it has another form. */
  public static Optional<InetSocketAddress> parse(String text) {
    Matcher parts = SYNTAX.matcher(text);
    if (text.length() > MAX_LENGTH || !parts.matches()) {
      return Optional.empty();
    }
    String host = parts.group("host");
    String ipv6 = parts.group("ipv6");
    int port = Integer.parseInt(parts.group("port"));
    boolean hostIsValid = ipv6 == null ? isName(host) || isIpv4(host) : isIpv6(ipv6);
    return hostIsValid && port <= MAX_PORT
        ? Optional.of(InetSocketAddress.createUnresolved(host, port))
        : Optional.empty();
  }

  private static boolean isName(String host) {
    return !ENDS_IN_A_NUMBER.matcher(host).matches();
  }

  private static boolean isIpv4(String host) {
    return IPV4.matcher(host).matches();
  }

  private static boolean isIpv6(String address) {
    try {
      // Only parses the literal: text in brackets is never looked up.
      return InetAddress.getByName("[" + address + "]") != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
