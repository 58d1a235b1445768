package io.redirectbalancer.routing;

import io.redirectbalancer.url.OriginDomains;
import io.redirectbalancer.url.VideoUrl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who serves the call of a given turn: all that is configured, checked, with everything computed
 * that can be. Health and loads are not in it. Immutable.
 */
public final class RoutingTable {
  private final long generation;
  private final OriginDomains originDomains;
  private final int originEvery;
  private final Policy policy;
  private final List<WeightedCdn> cdns;
  private final OriginProtection protection;
  private final Cdn[] cdnsByIndex;
  private final Schedule schedule;

  /**
   * Builds a table without protection of the origin.
   *
   * @param generation which one of the tables that follow each other this is, from 1
   * @param originEvery every how many calls one goes to the origin: 1 for all, 0 for none
   * @throws IllegalArgumentException if these cannot make up a table, with every reason
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
    List<String> flaws =
        new ArrayList<>(
            CdnList.flaws(cdns.stream().map(Optional::of).toList(), Optional.of(policy)));
    if (originEvery < 0) {
      flaws.add("originEvery: " + originEvery + " (expected: >= 0)");
    }
    if (generation < 1) {
      flaws.add("generation: " + generation + " (expected: >= 1)");
    }
    if (!flaws.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", flaws));
    }
    this.generation = generation;
    this.originDomains = originDomains;
    this.originEvery = originEvery;
    this.policy = policy;
    this.cdns = List.copyOf(cdns);
    this.protection = protection;
    this.cdnsByIndex = cdns.stream().map(WeightedCdn::cdn).toArray(Cdn[]::new);
    this.schedule = Schedule.of(policy, cdns);
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

  /** The same for any host. */
  public RoutingTable admittingAny() {
    return new RoutingTable(generation, OriginDomains.any(), originEvery, policy, cdns, protection);
  }

  /** The same with another protection of the origin. */
  public RoutingTable withProtection(OriginProtection other) {
    return new RoutingTable(generation, originDomains, originEvery, policy, cdns, other);
  }

  public long generation() {
    return generation;
  }

  public OriginDomains originDomains() {
    return originDomains;
  }

  /** Every how many calls one goes to the origin: 1 for all, 0 for none. */
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

  Schedule schedule() {
    return schedule;
  }

  Decision toOrigin(VideoUrl url) {
    return new Decision(url.toString(), Decision.ORIGIN);
  }

  Decision toCdn(int index, VideoUrl url) {
    Cdn cdn = cdnsByIndex[index];
    return new Decision(cdn.rewrite(url), cdn.name());
  }

  /** Whether call number {@code turn} is one of every Nth. */
  boolean isOriginTurn(long turn) {
    return originEvery != 0 && turn % originEvery == 0;
  }

  /** The index of the CDN that gets call number {@code turn}, or {@link Picker#ORIGIN}. */
  int target(long turn, VideoUrl url, Picker picker) {
    if (originEvery == 0) {
      return picker.pick(turn, url);
    }
    long originTurns = turn / originEvery;
    return originTurns * originEvery == turn ? Picker.ORIGIN : picker.pick(turn - originTurns, url);
  }
}
