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
import org.jspecify.annotations.Nullable;

/**
 * A table, and the health and load of its CDNs at one moment, in one object that is replaced as a
 * whole: a call sees all of a change or none of it. Decides calls. Immutable, except that loads and
 * the origin's shield count calls.
 *
 * <p>Health and load belong to a CDN's name and address. They are carried over to the next table if
 * it has that CDN, and dropped otherwise.
 */
final class RoutingState {
  private final RoutingTable table;
  private final Cdn[] cdns;
  private final int originEvery;

  /** With all CDNs up. */
  private final Schedule schedule;

  private final Set<Cdn> down;
  private final Map<Cdn, Load> loads;
  private final LongSupplier nanoTime;
  private final OriginShield shield;
  private final Availability availability;
  private final Picker policy;
  private final Picker picker;
  private final boolean limited;

  /** Null until it is asked for. */
  private volatile @Nullable RoutingState allUp;

  private RoutingState(
      RoutingTable table,
      Schedule schedule,
      Set<Cdn> down,
      Map<Cdn, Load> loads,
      LongSupplier nanoTime,
      OriginShield shield,
      Availability availability,
      Picker policy) {
    this.table = table;
    this.cdns = table.cdns().stream().map(WeightedCdn::cdn).toArray(Cdn[]::new);
    this.originEvery = table.originEvery();
    this.schedule = schedule;
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
  static RoutingState of(RoutingTable table, LongSupplier nanoTime, OriginShield shield) {
    return build(table, scheduleOf(table), Set.of(), Map.of(), nanoTime, shield);
  }

  RoutingState withTable(RoutingTable next) {
    Set<Cdn> stillDown = new HashSet<>(down);
    Map<Cdn, Load> stillLoaded = new HashMap<>(loads);
    List<Cdn> cdns = next.cdns().stream().map(WeightedCdn::cdn).toList();
    stillDown.retainAll(cdns);
    stillLoaded.keySet().retainAll(cdns);
    return build(next, scheduleOf(next), stillDown, stillLoaded, nanoTime, shield);
  }

  RoutingState withCdn(Cdn cdn, boolean up) {
    Set<Cdn> nowDown = new HashSet<>(down);
    if (up) {
      nowDown.remove(cdn);
    } else {
      nowDown.add(cdn);
    }
    return build(table, schedule, nowDown, loads, nanoTime, shield);
  }

  RoutingState withAllUp() {
    return down.isEmpty() ? this : build(table, schedule, Set.of(), loads, nanoTime, shield);
  }

  /** The same as {@link #withAllUp}, built once: to be asked, but not to decide. */
  RoutingState allUp() {
    RoutingState built = allUp;
    if (built == null) {
      built = withAllUp();
      allUp = built;
    }
    return built;
  }

  /** What is reported of CDNs that the table has takes the place of earlier reports of them. */
  RoutingState withReport(LoadReport report) {
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
  RoutingState withoutExpired() {
    Map<Cdn, Load> good = good(loads, nanoTime.getAsLong());
    return good.size() == loads.size() ? this : withLoads(good, shield);
  }

  /** The same, counting by itself from now on. */
  RoutingState copy() {
    Map<Cdn, Load> copies = new HashMap<>();
    loads.forEach((cdn, load) -> copies.put(cdn, load.copy()));
    return withLoads(copies, shield.copy());
  }

  private RoutingState withLoads(Map<Cdn, Load> newLoads, OriginShield newShield) {
    Picker newPolicy =
        table.policy() == Policy.LEAST_CONNECTIONS ? policy(table, availability, newLoads) : policy;
    return new RoutingState(
        table, schedule, down, newLoads, nanoTime, newShield, availability, newPolicy);
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

  /** Decides call number {@code turn}, the first of which is 1. */
  Decision decide(long turn, VideoUrl url) {
    int target = target(turn, url);
    if (target == Picker.ORIGIN) {
      return limited ? decideLimited(turn, url) : toOrigin(url);
    }
    picker.picked(target);
    return toCdn(target, url);
  }

  /**
   * The index of the CDN that gets call number {@code turn}, or {@link Picker#ORIGIN}. Asking
   * changes nothing.
   */
  int target(long turn, VideoUrl url) {
    if (originEvery == 0) {
      return picker.pick(turn, url);
    }
    long originTurns = turn / originEvery;
    return originTurns * originEvery == turn ? Picker.ORIGIN : picker.pick(turn - originTurns, url);
  }

  /** Calls beyond the limit take turns of their own, and so share exactly by weight, too. */
  private Decision decideLimited(long turn, VideoUrl url) {
    boolean originTurn = originEvery != 0 && turn % originEvery == 0;
    long beyond = shield.take(table.protection().maxPerSecond().getAsInt(), originTurn);
    if (beyond == 0) {
      return toOrigin(url);
    }
    int cdn = policy.pick(beyond, url);
    policy.picked(cdn);
    return toCdn(cdn, url);
  }

  private static Decision toOrigin(VideoUrl url) {
    return new Decision(url.toString(), Decision.ORIGIN);
  }

  private Decision toCdn(int index, VideoUrl url) {
    Cdn cdn = cdns[index];
    return new Decision(cdn.rewrite(url), cdn.name());
  }

  private static Schedule scheduleOf(RoutingTable table) {
    return Schedule.of(table.policy(), table.cdns());
  }

  private static Map<Cdn, Load> good(Map<Cdn, Load> loads, long now) {
    Map<Cdn, Load> good = new HashMap<>(loads);
    good.values().removeIf(load -> load.hasExpired(now));
    return good;
  }

  private static RoutingState build(
      RoutingTable table,
      Schedule schedule,
      Set<Cdn> down,
      Map<Cdn, Load> loads,
      LongSupplier nanoTime,
      OriginShield shield) {
    Availability availability = Availability.of(table, schedule, down);
    Picker policy = policy(table, availability, loads);
    return new RoutingState(table, schedule, down, loads, nanoTime, shield, availability, policy);
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
