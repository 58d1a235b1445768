package io.redirectbalancer.top;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;

/**
 * What happened between two readings of one process. Immutable.
 *
 * @param from the earlier one
 */
record Interval(Reading from, Reading to) {
  double seconds() {
    return (to.nanos() - from.nanos()) / 1e9;
  }

  /** Returns by how much a counter rose; NaN if it does not exist. */
  double rise(String name) {
    return to.value(name) - from.value(name);
  }

  double perSecond(double count) {
    return seconds() > 0 ? count / seconds() : Double.NaN;
  }

  /** Returns by how much the counters of a name rose, by one label. */
  Map<String, Double> rises(String name, String label) {
    return rises(from.values(name, label), to.values(name, label));
  }

  /** Returns the calls that ended, by status code. */
  Map<String, Double> handled() {
    return rises(from.handled(), to.handled());
  }

  /** Returns the calls that ended. */
  double calls() {
    return sum(handled());
  }

  /** Returns the calls that did not end with OK. */
  double errors() {
    return calls() - handled().getOrDefault("OK", 0.0);
  }

  /**
   * Returns the time within which a share of the calls ended, as Prometheus's {@code
   * histogram_quantile} estimates it: by a straight line within the bucket.
   *
   * @return in seconds; infinite beyond the last bound, NaN without calls
   */
  double quantile(double share) {
    NavigableMap<Double, Double> before = from.latencies();
    double wanted = Double.NaN;
    NavigableMap<Double, Double> after = to.latencies();
    if (!after.isEmpty()) {
      double last = after.lastKey();
      wanted = share * (after.lastEntry().getValue() - before.getOrDefault(last, 0.0));
    }
    if (!(wanted > 0)) {
      return Double.NaN;
    }
    double lowerBound = 0;
    double lowerCount = 0;
    for (Map.Entry<Double, Double> bucket : after.entrySet()) {
      double bound = bucket.getKey();
      double count = bucket.getValue() - before.getOrDefault(bound, 0.0);
      if (count >= wanted) {
        double part = (wanted - lowerCount) / (count - lowerCount);
        return Double.isInfinite(bound) ? bound : lowerBound + (bound - lowerBound) * part;
      }
      lowerBound = bound;
      lowerCount = count;
    }
    return Double.NaN;
  }

  static double sum(Map<String, Double> counts) {
    return counts.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** A counter that is new, or that was removed and added again, starts at zero. */
  private static Map<String, Double> rises(Map<String, Double> before, Map<String, Double> after) {
    Map<String, Double> rises = new LinkedHashMap<>();
    after.forEach(
        (key, count) -> {
          double rise = count - before.getOrDefault(key, 0.0);
          rises.put(key, rise < 0 ? count : rise);
        });
    return rises;
  }
}
