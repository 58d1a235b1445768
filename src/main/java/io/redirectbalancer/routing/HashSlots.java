package io.redirectbalancer.routing;

import io.redirectbalancer.url.VideoUrl;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * Destination hashing: a video's hash leads to one of many slots, and each slot to the CDN that
 * wins it. Immutable.
 *
 * <p>Slots are won by weighted rendezvous hashing (Schindler and Schomaker, "Weighted distributed
 * hash tables", 2005): for each slot each CDN draws a number u between 0 and 1, from a sequence
 * that its name alone starts, and the least −ln(u) / weight wins. A CDN's score does not depend on
 * the others, so one that goes gives its own slots to each slot's second choice, and one whose
 * weight changes trades slots with the others only in one direction. The winners are found when the
 * table is built or a CDN's health changes, so that a call costs the same however many CDNs there
 * are.
 */
final class HashSlots implements Picker {
  // Of a weight's share, which varies by chance, 99.99 % lie within 0.6 percentage points.
  private static final int SLOTS = 1 << 17;

  private final byte[] winners;

  private HashSlots(byte[] winners) {
    this.winners = winners;
  }

  /**
   * Computes the winner of each slot.
   *
   * @param eligible a bit for each CDN that takes part, at least one; all have positive weights
   */
  static HashSlots among(List<WeightedCdn> cdns, long eligible) {
    byte[] winners = new byte[SLOTS];
    double[] least = new double[SLOTS];
    java.util.Arrays.fill(least, Double.POSITIVE_INFINITY);
    for (int cdn = 0; cdn < cdns.size(); cdn++) {
      if ((eligible >>> cdn & 1) != 0) {
        draw(cdns.get(cdn), (byte) cdn, winners, least);
      }
    }
    return new HashSlots(winners);
  }

  private static void draw(WeightedCdn cdn, byte index, byte[] winners, double[] least) {
    // Its algorithm is part of its specification: all balancers of a fleet draw the same.
    Random draws = new Random(seed(cdn.cdn().name()));
    double perWeight = 1.0 / cdn.weight();
    for (int slot = 0; slot < SLOTS; slot++) {
      double u = 1 - draws.nextDouble();
      // 1 - u is less than -ln(u): most logarithms need not be taken.
      if ((1 - u) * perWeight < least[slot]) {
        double score = -StrictMath.log(u) * perWeight;
        if (score < least[slot]) {
          least[slot] = score;
          winners[slot] = index;
        }
      }
    }
  }

  @Override
  public int pick(long call, VideoUrl url) {
    return winners[url.destinationHash() & (SLOTS - 1)];
  }

  /** Bits of the name's MD5, as UUIDs of version 3 have them (RFC 9562, section 5.3). */
  private static long seed(String name) {
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).getLeastSignificantBits();
  }
}
