package io.redirectbalancer.routing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Spreads CDNs over the slots of a cycle, each as often as its weight says and as evenly as can be.
 *
 * <p>A CDN with half of the slots or more is laid out first, by rounding its ideal places up (as
 * Bresenham draws a line); the others, who then never follow each other, fill the gaps in their own
 * interleaved order. Without such a CDN every slot goes to the one that is furthest behind its
 * share, smooth weighted round robin as nginx has it, except that none gets two slots in a row, not
 * even from the end of a cycle to the start of the next. So the longest run of a CDN is the
 * shortest one possible: its slots divided by the others' slots, rounded up.
 */
final class Interleaving {
  private record Share(int cdn, int slots) {}

  private Interleaving() {}

  /** The CDN of each slot. CDNs of weight 0 get none. */
  static byte[] of(int[] weights) {
    List<Share> shares = new ArrayList<>();
    for (int cdn = 0; cdn < weights.length; cdn++) {
      if (weights[cdn] > 0) {
        shares.add(new Share(cdn, weights[cdn]));
      }
    }
    shares.sort(Comparator.comparingInt(Share::slots).reversed());
    return interleave(shares);
  }

  /** The shortest cycle of shares that are sorted, the largest one first. */
  private static byte[] interleave(List<Share> shares) {
    if (shares.isEmpty()) {
      return new byte[0];
    }
    int divisor = shares.stream().mapToInt(Share::slots).reduce(0, Interleaving::gcd);
    List<Share> reduced =
        shares.stream().map(share -> new Share(share.cdn, share.slots / divisor)).toList();
    int length = reduced.stream().mapToInt(Share::slots).sum();
    return 2 * reduced.get(0).slots >= length
        ? aroundLargest(reduced, length)
        : withoutRepeats(reduced, length);
  }

  private static byte[] aroundLargest(List<Share> shares, int length) {
    Share largest = shares.get(0);
    byte[] others = interleave(shares.subList(1, shares.size()));
    byte[] slots = new byte[length];
    int taken = 0;
    for (int slot = 0; slot < length; slot++) {
      if ((long) taken * length < (long) (slot + 1) * largest.slots) {
        slots[slot] = (byte) largest.cdn;
        taken++;
      } else {
        slots[slot] = others[(slot - taken) % others.length];
      }
    }
    return slots;
  }

  private static byte[] withoutRepeats(List<Share> shares, int length) {
    byte[] slots = new byte[length];
    int[] left = shares.stream().mapToInt(Share::slots).toArray();
    int first = -1;
    int last = -1;
    for (int slot = 0; slot < length; slot++) {
      last = next(shares, left, length, slot, first, last);
      first = slot == 0 ? last : first;
      slots[slot] = (byte) shares.get(last).cdn;
      left[last]--;
    }
    return slots;
  }

  /** The index of the share that gets this slot. */
  private static int next(
      List<Share> shares, int[] left, int length, int slot, int first, int last) {
    int next = -1;
    long furthestBehind = Long.MIN_VALUE;
    for (int i = 0; i < left.length; i++) {
      if (left[i] == 0 || i == last) {
        continue;
      }
      // How many slots it could still get without repeats if another got this one.
      int room = (length - slot - (i == first ? 1 : 0)) / 2;
      if (left[i] > room) {
        return i;
      }
      int slots = shares.get(i).slots;
      long behind = (long) slots * (slot + 1) - (long) length * (slots - left[i]);
      if (behind > furthestBehind) {
        furthestBehind = behind;
        next = i;
      }
    }
    return next;
  }

  static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
