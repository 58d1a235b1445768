package io.redirectbalancer.routing;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How the CDNs share the calls that do not go to the origin. */
public enum Policy {
  /** By weight, in an exact and smoothly interleaved order: {@link Schedule}. */
  WEIGHTED_ROUND_ROBIN,
  /** The same, with every weight above 0 taken for 1. */
  ROUND_ROBIN,
  /** By weight, each video on one CDN: {@link HashSlots}. */
  DESTINATION_HASH,
  /** By the load that CDNs report, relative to their weights: {@link LeastConnections}. */
  LEAST_CONNECTIONS;

  private final String text = name().toLowerCase(Locale.ROOT);

  /** The policy of this name, in any case. */
  public static Optional<Policy> named(String name) {
    return Arrays.stream(values()).filter(p -> p.text.equalsIgnoreCase(name)).findFirst();
  }

  /** The weight that counts. */
  int weightOf(WeightedCdn cdn) {
    return this == ROUND_ROBIN ? Math.min(cdn.weight(), 1) : cdn.weight();
  }

  /** Whether the CDNs' turns come from a schedule. */
  boolean isScheduled() {
    return this != DESTINATION_HASH;
  }

  /** The name in the configuration, such as {@code round_robin}. */
  @Override
  public String toString() {
    return text;
  }
}
