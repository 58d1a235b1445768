package io.redirectbalancer.routing;

import io.redirectbalancer.url.OriginDomains;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is configured about routing, checked: the origin's share and protection, the policy, and the
 * CDNs. {@link RoutingState} decides by it. Immutable.
 */
public final class RoutingTable {
  private final long generation;
  private final OriginDomains originDomains;
  private final int originEvery;
  private final Policy policy;
  private final List<WeightedCdn> cdns;
  private final OriginProtection protection;

  /**
   * Builds a table without protection of the origin.
   *
   * @param generation the number of this table, from 1
   * @param originEvery every Nth call goes to the origin: 1 for all, 0 for none
   * @throws IllegalArgumentException with every error in the arguments
   */
  public RoutingTable(
      long generation,
      OriginDomains originDomains,
      int originEvery,
      Policy policy,
      List<WeightedCdn> cdns) {
    this(generation, originDomains, originEvery, policy, cdns, OriginProtection.NONE);
  }

  private RoutingTable(
      long generation,
      OriginDomains originDomains,
      int originEvery,
      Policy policy,
      List<WeightedCdn> cdns,
      OriginProtection protection) {
    List<String> errors = new ArrayList<>();
    CdnList.errors(cdns.stream().map(Optional::of).toList(), Optional.of(policy))
        .forEach(conflict -> errors.add(conflict.toString()));
    if (originEvery < 0) {
      errors.add("originEvery: " + originEvery + " (expected: >= 0)");
    }
    if (generation < 1) {
      errors.add("generation: " + generation + " (expected: >= 1)");
    }
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", errors));
    }
    this.generation = generation;
    this.originDomains = originDomains;
    this.originEvery = originEvery;
    this.policy = policy;
    this.cdns = List.copyOf(cdns);
    this.protection = protection;
  }

  /** The first table, with one CDN. */
  public RoutingTable(OriginDomains originDomains, int originEvery, Cdn cdn) {
    this(
        1,
        originDomains,
        originEvery,
        Policy.WEIGHTED_ROUND_ROBIN,
        List.of(new WeightedCdn(cdn, 1)));
  }

  /** Returns this table, but one that accepts any host. */
  public RoutingTable admittingAny() {
    return new RoutingTable(generation, OriginDomains.any(), originEvery, policy, cdns, protection);
  }

  /** Returns this table with another protection of the origin. */
  public RoutingTable withProtection(OriginProtection other) {
    return new RoutingTable(generation, originDomains, originEvery, policy, cdns, other);
  }

  public long generation() {
    return generation;
  }

  public OriginDomains originDomains() {
    return originDomains;
  }

  /** Returns N, where every Nth call goes to the origin: 1 for all, 0 for none. */
  public int originEvery() {
    return originEvery;
  }

  public Policy policy() {
    return policy;
  }

  public OriginProtection protection() {
    return protection;
  }

  /** The CDNs as they were listed, those of weight 0 included. */
  public List<WeightedCdn> cdns() {
    return cdns;
  }

  /** The list of CDNs as it is configured. */
  public String describeCdns() {
    return String.join(", ", cdns.stream().map(WeightedCdn::toString).toList());
  }

  /** Every name that a {@link Decision#target()} can have. */
  public List<String> targets() {
    return List.copyOf(shares().keySet());
  }

  /** Each target's part of the calls, 0 to 1, while all CDNs are up and none reports its load. */
  public Map<String, Double> shares() {
    double toOrigin = originEvery == 0 ? 0 : 1.0 / originEvery;
    int sum = cdns.stream().mapToInt(policy::weightOf).sum();
    Map<String, Double> shares = new LinkedHashMap<>();
    shares.put(Decision.ORIGIN, toOrigin);
    cdns.forEach(cdn -> shares.put(cdn.cdn().name(), (1 - toOrigin) * policy.weightOf(cdn) / sum));
    return shares;
  }
}
