package io.redirectbalancer.routing;

import java.util.List;

/**
 * Who serves the call of a given turn. Immutable.
 *
 * @param originEvery every how many calls one goes to the origin: 1 for all, 0 for none
 */
public record RoutingTable(OriginDomains originDomains, int originEvery, Cdn cdn) {
  public RoutingTable {
    if (originEvery < 0) {
      throw new IllegalArgumentException("originEvery: " + originEvery + " (expected: >= 0)");
    }
  }

  /** The decision for call number {@code turn}, the first of which is 1. */
  Decision decide(long turn, VideoUrl url) {
    if (originEvery > 0 && turn % originEvery == 0) {
      return new Decision(url.toString(), Decision.ORIGIN);
    }
    return new Decision(cdn.rewrite(url), cdn.name());
  }

  /** Every name that a {@link Decision#target()} can have. */
  public List<String> targets() {
    return List.of(Decision.ORIGIN, cdn.name());
  }
}
