package io.redirectbalancer.routing;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * A table and what is known of its CDNs at one moment, in one object, so that a call sees all of it
 * or none. Immutable, except that loads count calls.
 *
 * <p>What is known belongs to a CDN of that name and address: it goes along to a next table that
 * has this CDN, too, and is forgotten otherwise.
 */
final class Routes {
  private final RoutingTable table;
  private final Set<Cdn> down;
  private final Map<Cdn, Load> loads;
  private final LongSupplier nanoTime;
  private final Picker picker;

  private Routes(
      RoutingTable table,
      Set<Cdn> down,
      Map<Cdn, Load> loads,
      LongSupplier nanoTime,
      Picker picker) {
    this.table = table;
    this.down = Set.copyOf(down);
    this.loads = Map.copyOf(loads);
    this.nanoTime = nanoTime;
    this.picker = picker;
  }

  /** All CDNs up, none with a load. */
  static Routes of(RoutingTable table, LongSupplier nanoTime) {
    return build(table, Set.of(), Map.of(), nanoTime);
  }

  Routes withTable(RoutingTable next) {
    Set<Cdn> stillDown = new HashSet<>(down);
    Map<Cdn, Load> stillLoaded = new HashMap<>(loads);
    List<Cdn> cdns = next.cdns().stream().map(WeightedCdn::cdn).toList();
    stillDown.retainAll(cdns);
    stillLoaded.keySet().retainAll(cdns);
    return build(next, stillDown, stillLoaded, nanoTime);
  }

  Routes withCdn(Cdn cdn, boolean up) {
    Set<Cdn> nowDown = new HashSet<>(down);
    if (up) {
      nowDown.remove(cdn);
    } else {
      nowDown.add(cdn);
    }
    return build(table, nowDown, loads, nanoTime);
  }

  Routes withAllUp() {
    return down.isEmpty() ? this : build(table, Set.of(), loads, nanoTime);
  }

  /** What is reported of CDNs that the table has takes the place of earlier reports of them. */
  Routes withReport(LoadReport report) {
    long expiresAt = nanoTime.getAsLong() + report.timeToLive().toNanos();
    Map<Cdn, Load> merged = new HashMap<>(loads);
    for (WeightedCdn cdn : table.cdns()) {
      Long connections = report.connections().get(cdn.cdn().name());
      if (connections != null) {
        merged.put(cdn.cdn(), new Load(connections, expiresAt));
      }
    }
    return withLoads(merged);
  }

  /** This, or, if reports have expired, the same without them. */
  Routes withoutExpired() {
    Map<Cdn, Load> good = good(loads, nanoTime.getAsLong());
    return good.size() == loads.size() ? this : withLoads(good);
  }

  /** The same, counting by itself from now on. */
  Routes copy() {
    Map<Cdn, Load> copies = new HashMap<>();
    loads.forEach((cdn, load) -> copies.put(cdn, load.copy()));
    return withLoads(copies);
  }

  private Routes withLoads(Map<Cdn, Load> newLoads) {
    return table.policy() == Policy.LEAST_CONNECTIONS
        ? build(table, down, newLoads, nanoTime)
        : new Routes(table, down, newLoads, nanoTime, picker);
  }

  RoutingTable table() {
    return table;
  }

  boolean isUp(Cdn cdn) {
    return !down.contains(cdn);
  }

  /** The load that a CDN reported, if that has not been dropped as expired. */
  OptionalLong load(Cdn cdn) {
    Load load = loads.get(cdn);
    return load == null ? OptionalLong.empty() : OptionalLong.of(load.count().get());
  }

  Decision decide(long turn, VideoUrl url) {
    return table.decide(turn, url, picker);
  }

  /** The index of the CDN that {@link #decide} would choose, or {@link Picker#ORIGIN}. */
  int target(long turn, VideoUrl url) {
    return table.target(turn, url, picker);
  }

  private static Map<Cdn, Load> good(Map<Cdn, Load> loads, long now) {
    Map<Cdn, Load> good = new HashMap<>(loads);
    good.values().removeIf(load -> load.hasExpired(now));
    return good;
  }

  private static Routes build(
      RoutingTable table, Set<Cdn> down, Map<Cdn, Load> loads, LongSupplier nanoTime) {
    long eligible = 0;
    for (int i = 0; i < table.cdns().size(); i++) {
      WeightedCdn cdn = table.cdns().get(i);
      if (cdn.weight() > 0 && !down.contains(cdn.cdn())) {
        eligible |= 1L << i;
      }
    }
    return new Routes(table, down, loads, nanoTime, picker(table, eligible, loads));
  }

  private static Picker picker(RoutingTable table, long eligible, Map<Cdn, Load> loads) {
    List<WeightedCdn> cdns = table.cdns();
    if (eligible == 0) {
      return (call, url) -> Picker.ORIGIN;
    }
    if (Long.bitCount(eligible) == 1 && table.policy() != Policy.LEAST_CONNECTIONS) {
      int only = Long.numberOfTrailingZeros(eligible);
      return (call, url) -> only;
    }
    return switch (table.policy()) {
      case WEIGHTED_ROUND_ROBIN, ROUND_ROBIN -> table.schedule().among(eligible);
      case DESTINATION_HASH -> HashSlots.among(cdns, eligible);
      case LEAST_CONNECTIONS ->
          new LeastConnections(table.schedule().among(eligible), cdns, eligible, loads);
    };
  }
}
