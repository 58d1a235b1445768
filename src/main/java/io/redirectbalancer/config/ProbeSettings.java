package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How the CDNs are probed.
 *
 * @param path what follows a CDN's address: an absolute path, possibly with a query
 * @param interval time from the start of one probe to the start of the next
 */
public record ProbeSettings(String path, Duration interval) {
  private static final int MAX_LENGTH = 1024;

  /** Reads the probes' variables; empty if CDNs are not probed. */
  public static Supplier<Optional<ProbeSettings>> read(Environment environment) {
    var path = environment.readOptional(Variable.PROBE_PATH, ProbeSettings::path);
    var seconds = environment.readInt(Variable.PROBE_SECONDS, 1, 3_600);
    return () -> path.get().map(p -> new ProbeSettings(p, Duration.ofSeconds(seconds.get())));
  }

  private static String path(String text) {
    if (!text.startsWith("/") || text.length() > MAX_LENGTH || !isPathAndQuery(text)) {
      throw new IllegalArgumentException(
          Quote.line(text)
              + " (expected: a path such as /healthz.m3u8, URL-encoded, without fragment, of at most "
              + MAX_LENGTH
              + " characters)");
    }
    return text;
  }

  private static boolean isPathAndQuery(String text) {
    try {
      URI uri = new URI("http://cdn" + text);
      return uri.getRawFragment() == null && uri.toASCIIString().equals(uri.toString());
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
