package io.redirectbalancer.url;

import java.util.Optional;

/** The rule that a URL breaks, for assertions. */
final class BrokenRule {
  private BrokenRule() {}

  /** The rule that is named when any DNS name may be redirected; empty if the URL is accepted. */
  static Optional<Rule> of(String url) {
    return of(url, OriginDomains.any());
  }

  static Optional<Rule> of(String url, OriginDomains domains) {
    try {
      VideoUrl.parse(url, domains);
      return Optional.empty();
    } catch (InvalidVideoUrlException e) {
      return Optional.of(e.rule());
    }
  }
}
