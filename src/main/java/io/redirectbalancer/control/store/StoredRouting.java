package io.redirectbalancer.control.store;

import java.util.List;
import java.util.OptionalInt;

/**
 * The routing settings beside the CDNs, as stored.
 *
 * @param policy as in CDN_POLICY
 * @param originDomains as in ORIGIN_DOMAINS
 * @param version grows by one with each change of these settings, from 1
 */
public record StoredRouting(
    String policy,
    int originEvery,
    List<String> originDomains,
    OptionalInt originMaxPerSecond,
    int panicPercent,
    long version) {
  public StoredRouting {
    originDomains = List.copyOf(originDomains);
  }
}
