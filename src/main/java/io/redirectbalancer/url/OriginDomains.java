package io.redirectbalancer.url;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which hosts may be redirected: any DNS name, or one label under a listed domain. Without a list,
 * viewers are redirected to any host that a caller names, and CDNs fetch from it.
 */
public final class OriginDomains {
  private static final OriginDomains ANY = new OriginDomains(List.of());

  private final List<Domain> domains;

  private OriginDomains(List<Domain> domains) {
    this.domains = domains;
  }

  /** Accepts any DNS name, on any port. */
  public static OriginDomains any() {
    return ANY;
  }

  /** Accepts only hosts of one label under one of these domains. */
  public static OriginDomains of(List<Domain> domains) {
    if (domains.isEmpty()) {
      throw new IllegalArgumentException("no domain (expected: at least one)");
    }
    return new OriginDomains(List.copyOf(domains));
  }

  /** Whether any DNS name may be redirected. */
  public boolean admitsAny() {
    return domains.isEmpty();
  }

  /** Whether the host {@code text[from, to)} may be redirected. */
  boolean admitHost(String text, int from, int to) {
    if (admitsAny()) {
      return true;
    }
    for (Domain domain : domains) {
      if (domain.isParentOf(text, from, to)) {
        return true;
      }
    }
    return false;
  }

  /** Whether {@code port}, not the scheme's default one, may be written after an admitted host. */
  boolean admitPort(String text, int from, int to, int port) {
    if (admitsAny()) {
      return true;
    }
    for (Domain domain : domains) {
      if (domain.port == port && domain.isParentOf(text, from, to)) {
        return true;
      }
    }
    return false;
  }

  /** The list as it is written in the configuration, or {@code *}. */
  @Override
  public String toString() {
    return domains.isEmpty()
        ? "*"
        : String.join(",", domains.stream().map(Domain::toString).toList());
  }

  /**
   * An entry of the list: a DNS name, in lower case, under which hosts may lie.
   *
   * @param port a port that may be written besides the scheme's default one; 0 for none
   */
  public record Domain(String name, int port) {
    private static final String EXPECTED = "suffix[:port], such as origin-cluster:8080";

    /**
     * Reads {@code name[:port]}.
     *
     * @throws IllegalArgumentException if it is not of that form
     */
    public static Domain parse(String entry) {
      int colon = entry.indexOf(':');
      int nameEnd = colon < 0 ? entry.length() : colon;
      @Nullable String error = DnsName.error(entry, 0, nameEnd);
      if (error != null) {
        throw new IllegalArgumentException(error + " (expected: " + EXPECTED + ")");
      }
      int port = colon < 0 ? 0 : Port.parse(entry, colon + 1, entry.length());
      if (port == Port.INVALID) {
        throw new IllegalArgumentException(
            "port "
                + Quote.ascii(entry.substring(colon + 1))
                + " (expected: "
                + Port.EXPECTED
                + ")");
      }
      return new Domain(entry.substring(0, nameEnd).toLowerCase(Locale.ROOT), port);
    }

    boolean isParentOf(String text, int from, int to) {
      int dot = text.indexOf('.', from);
      return dot >= 0
          && to - dot - 1 == name.length()
          && text.regionMatches(true, dot + 1, name, 0, name.length());
    }

    @Override
    public String toString() {
      return port == 0 ? name : name + ":" + port;
    }
  }
}
