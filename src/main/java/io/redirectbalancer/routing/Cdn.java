package io.redirectbalancer.routing;

import io.redirectbalancer.url.DnsName;
import io.redirectbalancer.url.DotSegments;
import io.redirectbalancer.url.Port;
import io.redirectbalancer.url.Quote;
import io.redirectbalancer.url.UrlCharacters;
import io.redirectbalancer.url.VideoUrl;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A CDN that fetches from the origins: where a video lies on it. Immutable.
 *
 * <p>Written as {@code host[:port]}, which keeps a request's scheme, or as {@code
 * http(s)://host[:port][/base]}, which sets it.
 */
public final class Cdn {
  private static final String EXPECTED = "host[:port] or http(s)://host[:port][/base]";
  private static final Pattern IPV4 =
      Pattern.compile(
          "(OCTET\\.){3}OCTET".replace("OCTET", "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"));

  private final String name;
  private final String address;
  private final @Nullable String scheme;
  private final String authority;
  private final String basePath;
  private final String httpPrefix;
  private final String httpsPrefix;

  private Cdn(
      String name, String address, @Nullable String scheme, String authority, String basePath) {
    this.name = name;
    this.address = address;
    this.scheme = scheme;
    this.authority = authority;
    this.basePath = basePath;
    String rest = "://" + authority + basePath + "/";
    this.httpPrefix = (scheme == null ? "http" : scheme) + rest;
    this.httpsPrefix = (scheme == null ? "https" : scheme) + rest;
  }

  /**
   * Reads a CDN's address.
   *
   * @throws IllegalArgumentException if it is not of the form above
   */
  public static Cdn parse(String address) {
    int schemeEnd = address.indexOf("://");
    if (schemeEnd < 0) {
      checkAuthority(address, address);
      return new Cdn(address, address, null, address, "");
    }
    String scheme = address.substring(0, schemeEnd).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw invalid(address, "its scheme is neither http nor https");
    }
    int slash = address.indexOf('/', schemeEnd + 3);
    int authorityEnd = slash < 0 ? address.length() : slash;
    String authority = address.substring(schemeEnd + 3, authorityEnd);
    checkAuthority(address, authority);
    return new Cdn(authority, address, scheme, authority, basePath(address, authorityEnd));
  }

  /** The same CDN under another name. */
  Cdn named(String otherName) {
    return new Cdn(otherName, address, scheme, authority, basePath);
  }

  /** What metrics and logs call it: its authority, {@code host[:port]}, unless it was named. */
  public String name() {
    return name;
  }

  /** The address as it was written. */
  public String address() {
    return address;
  }

  /** {@code http} or {@code https}; empty if a request keeps its own scheme. */
  public Optional<String> scheme() {
    return Optional.ofNullable(scheme);
  }

  /** {@code host[:port]} as it was written, an IPv6 address in brackets. */
  public String authority() {
    return authority;
  }

  /** What precedes every path on this CDN: empty, or a path that does not end with a slash. */
  public String basePath() {
    return basePath;
  }

  /** Whether both lead to the same URLs. */
  boolean sharesAddressWith(Cdn other) {
    return Objects.equals(scheme, other.scheme)
        && authority.equalsIgnoreCase(other.authority)
        && basePath.equals(other.basePath);
  }

  /** Where the video lies on this CDN. */
  public String rewrite(VideoUrl url) {
    return url.relocate(url.isHttps() ? httpsPrefix : httpPrefix);
  }

  /** Whether both have the same name and lead to the same URLs. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Cdn cdn && name.equals(cdn.name) && sharesAddressWith(cdn);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }

  private static void checkAuthority(String address, String authority) {
    if (authority.indexOf('@') >= 0) {
      // Not quoted: it may hold a password.
      throw new IllegalArgumentException(
          "an address with user information (expected: " + EXPECTED + ")");
    }
    int bracket = authority.lastIndexOf(']');
    int colon = authority.indexOf(':', Math.max(bracket, 0));
    int hostEnd = colon < 0 ? authority.length() : colon;
    String host = authority.substring(0, hostEnd);
    if (!isIpAddress(host)) {
      String error = DnsName.error(authority, 0, hostEnd);
      if (error != null) {
        throw invalid(address, "its host is neither a DNS name nor an IP address");
      }
    }
    if (colon >= 0 && Port.parse(authority, colon + 1, authority.length()) == Port.INVALID) {
      throw invalid(address, "its port is not " + Port.EXPECTED);
    }
    if (authority.equalsIgnoreCase(Decision.ORIGIN)) {
      throw invalid(address, "\"origin\" is reserved; give the host's full name");
    }
  }

  private static boolean isIpAddress(String host) {
    return IPV4.matcher(host).matches() || isIpv6Literal(host);
  }

  /** An IPv6 address in brackets; without a zone, which means something on one machine only. */
  private static boolean isIpv6Literal(String host) {
    if (!host.startsWith("[") || !host.endsWith("]") || host.indexOf('%') >= 0) {
      return false;
    }
    try {
      // Only reads the literal: the name service is never asked for what stands in brackets.
      return InetAddress.getByName(host) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static String basePath(String address, int from) {
    int to = address.length();
    while (to > from && address.charAt(to - 1) == '/') {
      to--;
    }
    String base = address.substring(from, to);
    if (UrlCharacters.firstInvalid(base, 0, base.length()) >= 0
        || base.indexOf('?') >= 0
        || base.indexOf('#') >= 0
        || DotSegments.occurIn(base, 0, base.length(), true)) {
      throw invalid(address, "its base path is not a plain path without query and dot segments");
    }
    return base;
  }

  private static IllegalArgumentException invalid(String address, String error) {
    return new IllegalArgumentException(
        Quote.ascii(address) + ": " + error + " (expected: " + EXPECTED + ")");
  }
}
