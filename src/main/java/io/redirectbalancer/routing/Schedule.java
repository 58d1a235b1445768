package io.redirectbalancer.routing;

import io.redirectbalancer.url.VideoUrl;
import java.util.Arrays;
import java.util.List;

/**
 * Round robin: a cycle of slots, each of which is a CDN's. Any calls in a row, as many as there are
 * slots, are shared exactly by weight. Immutable.
 */
final class Schedule implements Picker {
  static final int MAX_SLOTS = 100_000;

  private final int[] weights;
  private final byte[] slots;

  private Schedule(int[] weights) {
    this.weights = weights;
    this.slots = Interleaving.of(weights);
  }

  /** The schedule of a policy; without any slots if the policy needs none. */
  static Schedule of(Policy policy, List<WeightedCdn> cdns) {
    return new Schedule(weights(policy, cdns));
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
   * The schedule of some of the CDNs, who share by their weights alone. It is never longer than
   * this one, since fewer weights have a smaller sum and no smaller divisor.
   *
   * @param eligible a bit for each CDN that takes part; at least one that has a weight
   */
  Schedule among(long eligible) {
    int[] remaining = weights.clone();
    for (int cdn = 0; cdn < remaining.length; cdn++) {
      if ((eligible >>> cdn & 1) == 0) {
        remaining[cdn] = 0;
      }
    }
    return Arrays.equals(remaining, weights) ? this : new Schedule(remaining);
  }

  @Override
  public int pick(long call, VideoUrl url) {
    return slots[(int) ((call - 1) % slots.length)];
  }
}
