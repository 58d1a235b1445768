package io.redirectbalancer.probe;

import io.redirectbalancer.routing.Cdn;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A probe's URL. Not a {@link java.net.URI}, which finds no host in {@code cdn_1} and {@code
 * cdn.4video}.
 *
 * @param secure whether it is requested over TLS
 * @param host a DNS name or an IP address, the latter without brackets
 * @param authority {@code host[:port]} as in the CDN's address, for the Host header
 * @param target path and query, for the request line
 */
record ProbeUrl(boolean secure, String host, int port, String authority, String target) {
  private static final Pattern NOT_IN_A_PATH = Pattern.compile("[\\[\\]{}|^`]");
  private static final Pattern IPV4 = Pattern.compile("[0-9.]+");

  /** Returns the CDN's scheme, or http, its authority and base path, then the path. */
  static ProbeUrl of(Cdn cdn, String path) {
    boolean secure = cdn.scheme().orElse("http").equals("https");
    String authority = cdn.authority();
    int bracket = authority.lastIndexOf(']');
    int colon = authority.indexOf(':', Math.max(bracket, 0));
    int defaultPort = secure ? 443 : 80;
    int port = colon < 0 ? defaultPort : Integer.parseInt(authority.substring(colon + 1));
    String host =
        bracket < 0
            ? authority.substring(0, colon < 0 ? authority.length() : colon)
            : authority.substring(1, bracket);
    return new ProbeUrl(secure, host, port, authority, encoded(cdn.basePath()) + path);
  }

  /** Returns whether the host is a DNS name, not an IP address. */
  boolean hasDnsName() {
    return host.indexOf(':') < 0 && !IPV4.matcher(host).matches();
  }

  /**
   * Encodes what RFC 3986 requires to be percent-encoded in a path; CDN_HOST may contain it
   * unencoded.
   */
  private static String encoded(String basePath) {
    return NOT_IN_A_PATH
        .matcher(basePath)
        .replaceAll(found -> String.format(Locale.ROOT, "%%%02X", (int) found.group().charAt(0)));
  }
}
