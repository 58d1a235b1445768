package io.redirectbalancer.client;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code host:port}: a name, an IPv4 address, or an IPv6 address in brackets, and a port from 1 to
 * 65535.
 */
public final class HostPort {
  private static final int MAX_PORT = 65535;
  private static final Pattern SYNTAX =
      Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.%]+]):([1-9][0-9]{0,4})");

  private HostPort() {}

  /** Without looking the host up; empty if the text is not of that form. */
  public static Optional<InetSocketAddress> parse(String text) {
    Matcher parts = SYNTAX.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group(2)) > MAX_PORT) {
      return Optional.empty();
    }
    int port = Integer.parseInt(parts.group(2));
    return Optional.of(InetSocketAddress.createUnresolved(parts.group(1), port));
  }
}
