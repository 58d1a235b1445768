package io.redirectbalancer.top;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What is wrong with a process that answers, from its own metrics: a line each. */
final class Problems {
  /** Counters that should not rise, and what it means if they do. */
  private static final Map<String, String> RISING =
      Map.of(
          "connections_rejected_total", "connections rejected: MAX_CONNECTIONS are open",
          "connections_overload_closed_total", "connections closed: memory is scarce",
          "log_lines_dropped_total", "log lines dropped: nobody reads them");

  private Problems() {}

  /**
   * Returns the problems of a port that answers.
   *
   * @param soon the second since 1970 before which no certificate should expire
   */
  static List<String> of(AdminPort port, long soon) {
    List<String> problems = new ArrayList<>();
    Optional<Reading> last = port.last();
    if (last.isEmpty()) {
      return problems;
    }
    Reading reading = last.get();
    if (!reading.health().equals("ok")) {
      problems.add("/healthz: " + reading.health());
    }
    if (reading.value("routing_last_reload_successful") == 0) {
      problems.add("its new routing is invalid, the last stays; see its log");
    }
    if (reading.value("control_database_up") == 0) {
      problems.add("the control API's database does not answer");
    }
    if (reading.value("control_generation_lag") > 0) {
      problems.add("decides by an older generation than the database's");
    }
    certificate(reading, "tls_certificate", soon).ifPresent(problems::add);
    certificate(reading, "tls_client_certificate", soon).ifPresent(problems::add);
    reading
        .breakers()
        .forEach(
            (name, state) -> {
              if (!state.equals("closed")) {
                problems.add("circuit breaker of " + name + " is " + state.replace('_', '-'));
              }
            });
    port.lastMinute().ifPresent(minute -> addOf(minute, problems));
    return problems.stream().map(problem -> port.name() + ": " + problem).toList();
  }

  private static void addOf(Interval minute, List<String> problems) {
    RISING.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .filter(counter -> minute.rise(counter.getKey()) > 0)
        .map(counter -> count(minute.rise(counter.getKey())) + " " + counter.getValue())
        .forEach(problems::add);
    minute
        .rises("origin_protection_total", "reason")
        .forEach(
            (reason, calls) -> {
              if (calls > 0) {
                String variable =
                    reason.equals("panic") ? "PANIC_PERCENT" : "ORIGIN_MAX_PER_SECOND";
                problems.add(count(calls) + " calls went to CDNs that are down: " + variable);
              }
            });
  }

  private static Optional<String> certificate(Reading reading, String metric, long soon) {
    double expiry = reading.value(metric + "_expiry_timestamp_seconds");
    return expiry < soon
        ? Optional.of("its certificate expires at " + Instant.ofEpochSecond((long) expiry))
        : Optional.empty();
  }

  private static String count(double value) {
    return String.format(Locale.ROOT, "%.0f", value);
  }
}
