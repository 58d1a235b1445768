package io.redirectbalancer.url;

/**
 * The authority of a URL (RFC 3986, section 3.2): where its host and its port lie in the text, and
 * the rules for the two.
 */
final class Authority {
  private Authority() {}

  /** Returns the end of the authority: the next slash, question mark or number sign. */
  static int end(String text, int authority) {
    int i = authority;
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '/' || c == '?' || c == '#') {
        break;
      }
    }
    return i;
  }

  /** Returns the end of the host, which precedes the port, if any. */
  static int hostEnd(String text, int host, int authorityEnd) {
    boolean ipLiteral = host < authorityEnd && text.charAt(host) == '[';
    int bracket = ipLiteral ? text.indexOf(']', host) : -1;
    int colon = text.indexOf(':', bracket < 0 || bracket > authorityEnd ? host : bracket);
    return colon < 0 || colon > authorityEnd ? authorityEnd : colon;
  }

  /** Rule {@link Rule#HOST}. */
  static void checkHost(String text, int host, int hostEnd) throws InvalidVideoUrlException {
    String error = DnsName.error(text, host, hostEnd);
    if (error != null) {
      throw new InvalidVideoUrlException(Rule.HOST, error, DnsName.EXPECTED);
    }
  }

  /** Rule {@link Rule#DOMAIN}. */
  static void checkDomain(String text, int host, int hostEnd, OriginDomains domains)
      throws InvalidVideoUrlException {
    if (!domains.admitHost(text, host, hostEnd)) {
      throw new InvalidVideoUrlException(
          Rule.DOMAIN,
          "host " + Quote.ascii(text.substring(host, hostEnd)),
          "one label under an entry of ORIGIN_DOMAINS");
    }
  }

  /**
   * Rule {@link Rule#PORT}, for an authority that goes on after its host: a port that is empty
   * means the scheme's default one (RFC 3986, section 3.2.3).
   */
  static void checkPort(
      String text, boolean https, int host, int hostEnd, int authorityEnd, OriginDomains domains)
      throws InvalidVideoUrlException {
    if (hostEnd + 1 == authorityEnd) {
      return;
    }
    int port = Port.parse(text, hostEnd + 1, authorityEnd);
    if (port == Port.INVALID) {
      throw new InvalidVideoUrlException(
          Rule.PORT,
          "port " + Quote.ascii(text.substring(hostEnd + 1, authorityEnd)),
          Port.EXPECTED);
    }
    int defaultPort = https ? 443 : 80;
    if (port != defaultPort && !domains.admitPort(text, host, hostEnd, port)) {
      throw new InvalidVideoUrlException(
          Rule.PORT,
          "port " + port,
          "port " + defaultPort + ", none, or the one that the entry of ORIGIN_DOMAINS names");
    }
  }
}
