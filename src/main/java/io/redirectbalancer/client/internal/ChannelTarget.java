package io.redirectbalancer.client.internal;

import io.redirectbalancer.client.HostPort;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A target in the form that gRPC understands.
 *
 * <p>gRPC takes {@code dns:50051} for a URI of the scheme {@code dns}, rejects the brackets of
 * {@code dns:///[::1]:50051}, and cannot resolve hosts that {@link URI} does not accept, such as
 * {@code a_b} or {@code balancer.4video}.
 */
final class ChannelTarget {
  private static final Pattern KNOWN_SCHEME =
      Pattern.compile("(dns|static|example)://([^/\\s]*)/(.+)", Pattern.CASE_INSENSITIVE);

  private ChannelTarget() {}

  /** Returns the target's URI, or the text itself if gRPC must interpret it. */
  static String uri(String target) {
    Matcher uri = KNOWN_SCHEME.matcher(target);
    if (!uri.matches()) {
      return HostPort.parse(target).map(server -> dnsUri("", server, target)).orElse(target);
    }
    String scheme = uri.group(1).toLowerCase(Locale.ROOT);
    String authority = uri.group(2);
    String name = uri.group(3);
    if (!scheme.equals("dns")) {
      return uri(scheme, authority, name, target);
    }
    Optional<InetSocketAddress> server = HostPort.parse(name);
    return server.map(found -> dnsUri(authority, found, target)).orElse(target);
  }

  private static String dnsUri(String authority, InetSocketAddress server, String target) {
    String name = server.getHostString() + ":" + server.getPort();
    String host = URI.create("//" + name).getHost();
    return uri(host == null ? HostNameResolver.SCHEME : "dns", authority, name, target);
  }

  private static String uri(String scheme, String authority, String name, String target) {
    try {
      return new URI(scheme, authority, "/" + name, null, null).toASCIIString();
    } catch (URISyntaxException e) {
      return target; // gRPC reports the error.
    }
  }
}
