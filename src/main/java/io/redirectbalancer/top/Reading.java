package io.redirectbalancer.top;

import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What an admin port said at one moment. Immutable.
 *
 * @param nanos when, by {@link System#nanoTime}
 * @param health the text of {@code /healthz}: {@code ok} if all is well
 * @param breakers an edge's circuit breakers by name, with their states
 */
record Reading(long nanos, Samples samples, String health, Map<String, String> breakers) {
  private static final Set<String> OF_CALLS =
      Set.of("loadBalancer.loadBalancer", "my.custom.server.Service", "unknown");

  Reading with(Map<String, String> states) {
    return new Reading(nanos, samples, health, states);
  }

  /** Whether it is an edge, which calls others, or a balancer, which decides. */
  boolean isEdge() {
    return samples.has("grpc_client_call_count_total");
  }

  /** Whether another process answers than the one of an earlier reading. */
  boolean isOfAnotherProcess(Reading earlier) {
    return value("process_start_time_seconds") != earlier.value("process_start_time_seconds");
  }

  double value(String name) {
    return samples.sum(name);
  }

  Map<String, Double> values(String name, String label) {
    return samples.sums(name, label);
  }

  /** Returns the calls that ended, by status code. */
  Map<String, Double> handled() {
    return samples.sums("grpc_server_handled_total", "grpc_code", Reading::isOfCalls);
  }

  /** Returns the calls that ended within each bound, in seconds. */
  NavigableMap<Double, Double> latencies() {
    return samples.histogram("grpc_server_handling_seconds", Reading::isOfCalls);
  }

  /** Leaves out health checks, reflection and the control API. */
  private static boolean isOfCalls(Map<String, String> labels) {
    return OF_CALLS.contains(labels.getOrDefault("grpc_service", ""));
  }

  /** Returns the lines of {@code /breakers}: a name, a space, a state. */
  static Map<String, String> breakers(String text) {
    return text.lines()
        .filter(line -> line.indexOf(' ') > 0)
        .collect(
            Collectors.toMap(
                line -> line.substring(0, line.lastIndexOf(' ')),
                line -> line.substring(line.lastIndexOf(' ') + 1),
                (one, other) -> one,
                TreeMap::new));
  }
}
