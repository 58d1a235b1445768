package io.redirectbalancer.routing;

import io.redirectbalancer.url.Quote;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Numbers of connections, as CDNs report them.
 *
 * @param connections by the CDN's name
 * @param timeToLive the time after which the report is ignored
 */
public record LoadReport(Map<String, Long> connections, Duration timeToLive) {
  public static final long MAX_CONNECTIONS = 1_000_000_000_000L;
  public static final Duration MAX_TIME_TO_LIVE = Duration.ofHours(1);

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException with every number that is out of bounds
   */
  public LoadReport {
    connections = Map.copyOf(connections);
    List<String> errors = new ArrayList<>();
    connections.forEach(
        (name, count) -> {
          if (count < 0 || count > MAX_CONNECTIONS) {
            errors.add(
                "connections of "
                    + Quote.ascii(name)
                    + (": " + count + " (expected: 0 to " + MAX_CONNECTIONS + ")"));
          }
        });
    if (timeToLive.isNegative()
        || timeToLive.isZero()
        || timeToLive.compareTo(MAX_TIME_TO_LIVE) > 0) {
      errors.add("time to live: " + timeToLive + " (expected: above 0, at most an hour)");
    }
    if (!errors.isEmpty()) {
      errors.sort(null);
      throw new IllegalArgumentException(String.join("; ", errors));
    }
  }
}
