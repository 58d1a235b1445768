package io.redirectbalancer.routing;

import java.util.Locale;
import java.util.OptionalInt;

/**
 * Limits the calls that the origin gets while CDNs are down. It always gets its own turns, every
 * Nth call.
 *
 * @param maxPerSecond calls to the origin in any second while no CDN is up, its own turns included;
 *     those beyond go to the CDNs as if they were up. Empty for no limit
 * @param panicPercent when a smaller percentage of the CDNs' weight is up, health is ignored and
 *     all CDNs take turns; 0 for never. Where this applies, the limit does not
 */
public record OriginProtection(OptionalInt maxPerSecond, int panicPercent) {
  public static final OriginProtection NONE = new OriginProtection(OptionalInt.empty(), 0);

  /** Why a call went to a CDN that is marked down. */
  public enum Reason {
    MAX_PER_SECOND,
    PANIC;

    /** The reason's name in metrics, such as {@code max_per_second}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public OriginProtection {
    if (maxPerSecond.orElse(0) < 0) {
      throw new IllegalArgumentException(
          "maxPerSecond: " + maxPerSecond.getAsInt() + " (expected: >= 0)");
    }
    if (panicPercent < 0 || panicPercent > 100) {
      throw new IllegalArgumentException("panicPercent: " + panicPercent + " (expected: 0 to 100)");
    }
  }

  /** Returns whether the origin gets every call while no CDN is up. */
  public boolean isOff() {
    return equals(NONE);
  }

  /** Whether so little of the CDNs' weight is up that their health is not trusted. */
  boolean isPanic(int weightUp, int weight) {
    return 100L * weightUp < (long) panicPercent * weight;
  }
}
