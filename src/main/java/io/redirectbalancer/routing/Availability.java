package io.redirectbalancer.routing;

import java.util.List;
import java.util.Set;

/**
 * Which CDNs take turns, given which are down. Immutable.
 *
 * @param eligible a bit for each CDN that takes turns; at least one
 * @param schedule theirs, without slots if the policy needs none
 */
record Availability(Mode mode, long eligible, Schedule schedule) {
  enum Mode {
    /** The CDNs that are up take turns. */
    NORMAL,
    /** Too few are up for their health to be trusted: all take turns. */
    PANIC,
    /** None is up. The origin takes their turns; those beyond its limit go to all of them. */
    NO_CDN_UP
  }

  /**
   * Computes who takes turns.
   *
   * @param schedule of all CDNs of the table
   */
  static Availability of(RoutingTable table, Schedule schedule, Set<Cdn> down) {
    List<WeightedCdn> cdns = table.cdns();
    long all = 0;
    long up = 0;
    int weight = 0;
    int weightUp = 0;
    for (int i = 0; i < cdns.size(); i++) {
      int ownWeight = table.policy().weightOf(cdns.get(i));
      boolean isUp = !down.contains(cdns.get(i).cdn());
      if (ownWeight > 0) {
        all |= 1L << i;
        up |= isUp ? 1L << i : 0;
        weight += ownWeight;
        weightUp += isUp ? ownWeight : 0;
      }
    }
    Mode mode =
        table.protection().isPanic(weightUp, weight)
            ? Mode.PANIC
            : up == 0 ? Mode.NO_CDN_UP : Mode.NORMAL;
    long eligible = mode == Mode.NORMAL ? up : all;
    return new Availability(mode, eligible, schedule.among(eligible));
  }
}
