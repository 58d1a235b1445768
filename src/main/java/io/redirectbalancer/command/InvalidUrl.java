package io.redirectbalancer.command;

import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import io.redirectbalancer.url.VideoUrl;
import java.util.Optional;

/**
 * Whether a URL is invalid, for commands that got no answer: then it is the user's error all the
 * same. A balancer that answers knows better, since ORIGIN_DOMAINS is its own.
 */
final class InvalidUrl {
  private InvalidUrl() {}

  /** Returns the message of the rule that the URL breaks, ORIGIN_DOMAINS aside. */
  static Optional<String> of(String video) {
    try {
      VideoUrl.parse(video, OriginDomains.any());
      return Optional.empty();
    } catch (InvalidVideoUrlException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
