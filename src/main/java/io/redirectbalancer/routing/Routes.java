package io.redirectbalancer.routing;

import io.redirectbalancer.routing.Availability.Mode;
import io.redirectbalancer.url.VideoUrl;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * A table and what is known of its CDNs at one moment, in one object, so that a call sees all of it
 * or none. Immutable, except that loads and the origin's shield count calls.
 *
 * <p>What is known belongs to a CDN of that name and address: it goes along to a next table that
 * has this CDN, too, and is forgotten otherwise.
 */
final class Routes {
  private final RoutingTable table;
  private final Set<Cdn> down;
  private final Map<Cdn, Load> loads;
  private final LongSupplier nanoTime;
  private final OriginShield shield;
  private final Availability availability;
  private final Picker policy;
  private final Picker picker;
  private final boolean limited;

  private Routes(
      RoutingTable table,
      Set<Cdn> down,
      Map<Cdn, Load> loads,
      LongSupplier nanoTime,
      OriginShield shield,
      Availability availability,
      Picker policy) {
    this.table = table;
    this.down = Set.copyOf(down);
    this.loads = Map.copyOf(loads);
    this.nanoTime = nanoTime;
    this.shield = shield;
    this.availability = availability;
    this.policy = policy;
    this.picker =
        switch (availability.mode()) {
          case NORMAL -> policy;
          case PANIC -> new PanicPicker(policy, shield);
          case NO_CDN_UP -> (call, url) -> Picker.ORIGIN;
        };
    this.limited =
        availability.mode() == Mode.NO_CDN_UP && table.protection().maxPerSecond().isPresent();
  }

  /** All CDNs up, none with a load. */
  static Routes of(RoutingTable table, LongSupplier nanoTime, OriginShield shield) {
    return build(table, Set.of(), Map.of(), nanoTime, shield);
  }

  Routes withTable(RoutingTable next) {
    Set<Cdn> stillDown = new HashSet<>(down);
    Map<Cdn, Load> stillLoaded = new HashMap<>(loads);
    List<Cdn> cdns = next.cdns().stream().map(WeightedCdn::cdn).toList();
    stillDown.retainAll(cdns);
    stillLoaded.keySet().retainAll(cdns);
    return build(next, stillDown, stillLoaded, nanoTime, shield);
  }

  Routes withCdn(Cdn cdn, boolean up) {
    Set<Cdn> nowDown = new HashSet<>(down);
    if (up) {
      nowDown.remove(cdn);
    } else {
      nowDown.add(cdn);
    }
    return build(table, nowDown, loads, nanoTime, shield);
  }

  Routes withAllUp() {
    return down.isEmpty() ? this : build(table, Set.of(), loads, nanoTime, shield);
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
    return withLoads(merged, shield);
  }

  /** This, or, if reports have expired, the same without them. */
  Routes withoutExpired() {
    Map<Cdn, Load> good = good(loads, nanoTime.getAsLong());
    return good.size() == loads.size() ? this : withLoads(good, shield);
  }

  /** The same, counting by itself from now on. */
  Routes copy() {
    Map<Cdn, Load> copies = new HashMap<>();
    loads.forEach((cdn, load) -> copies.put(cdn, load.copy()));
    return withLoads(copies, shield.copy());
  }

  private Routes withLoads(Map<Cdn, Load> newLoads, OriginShield newShield) {
    Picker newPolicy =
        table.policy() == Policy.LEAST_CONNECTIONS ? policy(table, availability, newLoads) : policy;
    return new Routes(table, down, newLoads, nanoTime, newShield, availability, newPolicy);
  }

  RoutingTable table() {
    return table;
  }

  Availability.Mode mode() {
    return availability.mode();
  }

  boolean isUp(Cdn cdn) {
    return !down.contains(cdn);
  }

  /** The load that a CDN reported, if that has not been dropped as expired. */
  OptionalLong load(Cdn cdn) {
    Load load = loads.get(cdn);
    return load == null ? OptionalLong.empty() : OptionalLong.of(load.count().get());
  }

  /** The decision for call number {@code turn}, the first of which is 1. */
  Decision decide(long turn, VideoUrl url) {
    int target = table.target(turn, url, picker);
    if (target == Picker.ORIGIN) {
      return limited ? decideLimited(turn, url) : table.toOrigin(url);
    }
    picker.picked(target);
    return table.toCdn(target, url);
  }

  /** Those beyond the limit take turns of their own, and so share exactly by weight, too. */
  private Decision decideLimited(long turn, VideoUrl url) {
    int max = table.protection().maxPerSecond().getAsInt();
    long beyond = shield.take(max, table.isOriginTurn(turn));
    if (beyond == 0) {
      return table.toOrigin(url);
    }
    int cdn = policy.pick(beyond, url);
    policy.picked(cdn);
    return table.toCdn(cdn, url);
  }

  /** The index of the CDN whose turn it is, or {@link Picker#ORIGIN}. Asking changes nothing. */
  int target(long turn, VideoUrl url) {
    return table.target(turn, url, picker);
  }

  private static Map<Cdn, Load> good(Map<Cdn, Load> loads, long now) {
    Map<Cdn, Load> good = new HashMap<>(loads);
    good.values().removeIf(load -> load.hasExpired(now));
    return good;
  }

  private static Routes build(
      RoutingTable table,
      Set<Cdn> down,
      Map<Cdn, Load> loads,
      LongSupplier nanoTime,
      OriginShield shield) {
    Availability availability = Availability.of(table, down);
    Picker policy = policy(table, availability, loads);
    return new Routes(table, down, loads, nanoTime, shield, availability, policy);
  }

  private static Picker policy(
      RoutingTable table, Availability availability, Map<Cdn, Load> loads) {
    long eligible = availability.eligible();
    if (Long.bitCount(eligible) == 1 && table.policy() != Policy.LEAST_CONNECTIONS) {
      int only = Long.numberOfTrailingZeros(eligible);
      return (call, url) -> only;
    }
    return switch (table.policy()) {
      case WEIGHTED_ROUND_ROBIN, ROUND_ROBIN -> availability.schedule();
      case DESTINATION_HASH -> HashSlots.among(table.cdns(), eligible);
      case LEAST_CONNECTIONS ->
          new LeastConnections(availability.schedule(), table.cdns(), eligible, loads);
    };
  }

  /** Picks as the policy does, and counts that it did so in panic. */
  private record PanicPicker(Picker policy, OriginShield shield) implements Picker {
    @Override
    public int pick(long call, VideoUrl url) {
      return policy.pick(call, url);
    }

    @Override
    public void picked(int cdn) {
      shield.addInPanic();
      policy.picked(cdn);
    }
  }
}
