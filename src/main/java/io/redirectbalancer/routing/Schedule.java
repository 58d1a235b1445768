package io.redirectbalancer.routing;

import java.util.List;

/**
 * Round robin: a cycle of slots, each of which is a CDN's. Any calls in a row, as many as there are
 * slots, are shared exactly by weight. Immutable.
 */
final class Schedule implements Picker {
  static final int MAX_SLOTS = 100_000;

  private final byte[] slots;

  private Schedule(byte[] slots) {
    this.slots = slots;
  }

  /** The schedule of a policy; without any slots if the policy needs none. */
  static Schedule of(Policy policy, List<WeightedCdn> cdns) {
    return new Schedule(Interleaving.of(weights(policy, cdns)));
  }

  /** How many slots that schedule has. */
  static int length(Policy policy, List<WeightedCdn> cdns) {
    int sum = 0;
    int divisor = 0;
    for (int weight : weights(policy, cdns)) {
      sum += weight;
      divisor = Interleaving.gcd(divisor, weight);
    }
    return sum / Math.max(divisor, 1);
  }

  private static int[] weights(Policy policy, List<WeightedCdn> cdns) {
    return cdns.stream().mapToInt(cdn -> policy.isScheduled() ? policy.weightOf(cdn) : 0).toArray();
  }

  /**
   * This schedule with the slots of CDNs that are not eligible given to the next one that is.
   *
   * @param eligible a bit for each CDN; at least one that has a slot
   */
  Schedule among(long eligible) {
    byte[] resolved = slots.clone();
    byte next = 0;
    // Once around to find the first eligible CDN, which follows the last slot, and once to fill.
    for (int i = 2 * slots.length - 1; i >= 0; i--) {
      int slot = i % slots.length;
      if ((eligible >>> slots[slot] & 1) != 0) {
        next = slots[slot];
      }
      resolved[slot] = next;
    }
    return new Schedule(resolved);
  }

  @Override
  public int pick(long call, VideoUrl url) {
    return slots[(int) ((call - 1) % slots.length)];
  }
}
