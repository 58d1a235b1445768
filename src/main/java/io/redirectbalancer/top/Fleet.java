package io.redirectbalancer.top;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is shown: a line for each port, and what they say together. A figure that is not known is
 * NaN. Immutable.
 *
 * @param time of the last answers
 * @param seconds the time that shares, errors, rejections and problems are about: the last minute,
 *     or less; 0 if nothing is known yet
 * @param errors the balancers' calls in that time that did not end with OK, by status code, without
 *     those at zero
 * @param edgeErrors the edges' calls of that kind
 * @param rejections calls rejected in that time, by rule, without those at zero
 */
record Fleet(
    Instant time,
    long seconds,
    List<Port> ports,
    List<Target> targets,
    List<Edge> edges,
    Map<String, Double> errors,
    Map<String, Double> edgeErrors,
    Map<String, Double> rejections,
    List<String> problems) {
  private static final long EXPIRES_SOON_SECONDS = 14 * 86_400L;

  /**
   * One admin port. Rates are those of the last second, quantiles in seconds.
   *
   * @param error why it does not answer; null if it does
   */
  record Port(
      String name,
      @Nullable String error,
      String state,
      double calls,
      double p50,
      double p99,
      double errors,
      double rejections,
      double generation,
      double memoryBytes,
      double connections) {
    static Port silent(String name, String error) {
      double none = Double.NaN;
      return new Port(name, error, "", none, none, none, none, none, none, none, none);
    }
  }

  /**
   * Where videos are fetched from.
   *
   * @param wanted the share of the calls that it should get while all CDNs are up
   * @param given the share that it got
   * @param calls a second, in the last one
   * @param up the balancers that say that it is up, and {@code of} how many: 0 if none probes it
   */
  record Target(String name, double wanted, double given, double calls, int up, int of) {}

  /** An edge's client. Rates are those of the last second. */
  record Edge(String name, double retries, double fallbacks, Map<String, String> breakers) {}

  /** Returns what the ports say now. */
  static Fleet of(List<AdminPort> ports, Instant now) {
    List<String> problems = new ArrayList<>();
    Map<String, Double> errors = new TreeMap<>();
    Map<String, Double> edgeErrors = new TreeMap<>();
    Map<String, Double> rejections = new TreeMap<>();
    double seconds = 0;
    List<AdminPort> answering = ports.stream().filter(port -> port.error().isEmpty()).toList();
    for (AdminPort port : answering) {
      Optional<Interval> minute = port.lastMinute();
      if (minute.isPresent()) {
        seconds = Math.max(seconds, minute.get().seconds());
        add(minute.get().to().isEdge() ? edgeErrors : errors, minute.get().handled());
        add(rejections, minute.get().rises("redirect_rejections_total", "reason"));
      }
      problems.addAll(Problems.of(port, now.getEpochSecond() + EXPIRES_SOON_SECONDS));
    }
    errors.remove("OK");
    edgeErrors.remove("OK");
    List<Target> targets = targets(answering);
    targets.stream()
        .filter(target -> target.up < target.of)
        .map(target -> "CDN " + target.name + " is down" + at(target))
        .forEach(problems::add);
    return new Fleet(
        now,
        Math.round(seconds),
        ports.stream().map(Fleet::port).toList(),
        targets,
        edges(answering),
        withoutZeros(errors),
        withoutZeros(edgeErrors),
        withoutZeros(rejections),
        problems);
  }

  private static String at(Target target) {
    return target.up == 0 ? "" : " at " + (target.of - target.up) + " of " + target.of;
  }

  boolean allAnswer() {
    return ports.stream().allMatch(port -> port.error == null);
  }

  private static Port port(AdminPort port) {
    Optional<Reading> last = port.last();
    if (port.error().isPresent() || last.isEmpty()) {
      return Port.silent(port.name(), port.error().orElse(""));
    }
    Reading reading = last.get();
    Optional<Interval> second = port.lastInterval();
    double none = Double.NaN;
    return new Port(
        port.name(),
        null,
        reading.health().matches("[a-z]{1,8}") ? reading.health() : "ERROR",
        second.map(s -> s.perSecond(s.calls())).orElse(none),
        second.map(s -> s.quantile(0.5)).orElse(none),
        second.map(s -> s.quantile(0.99)).orElse(none),
        second.map(s -> s.perSecond(s.errors())).orElse(none),
        second.map(s -> s.perSecond(s.rise("redirect_rejections_total"))).orElse(none),
        reading.value("routing_generation"),
        reading.value("process_resident_memory_bytes"),
        reading.value("connections_open"));
  }

  /** Returns the targets of all balancers, in the order of their scrapes, the origin first. */
  private static List<Target> targets(List<AdminPort> ports) {
    Set<String> names = new LinkedHashSet<>(List.of("origin"));
    for (AdminPort port : ports) {
      port.last().ifPresent(last -> names.addAll(wantedBy(last).keySet()));
    }
    List<Target> targets = new ArrayList<>();
    for (String name : names) {
      targets.add(target(name, ports.stream().filter(Fleet::isBalancer).toList()));
    }
    return ports.stream().anyMatch(Fleet::isBalancer) ? targets : List.of();
  }

  private static boolean isBalancer(AdminPort port) {
    return port.last().stream().anyMatch(last -> !wantedBy(last).isEmpty());
  }

  private static Map<String, Double> wantedBy(Reading reading) {
    return reading.values("routing_share_wanted", "target");
  }

  private static Target target(String name, List<AdminPort> balancers) {
    double wanted = 0;
    double given = 0;
    double all = 0;
    double rate = 0;
    int up = 0;
    int of = 0;
    for (AdminPort port : balancers) {
      Reading last = port.last().orElseThrow();
      Optional<Map<String, Double>> minute =
          port.lastMinute().map(m -> m.rises("redirects_total", "target"));
      double calls = minute.map(Interval::sum).orElse(0.0);
      // Where a balancer gets more calls, its wishes have more weight; without calls all are alike.
      wanted += wantedBy(last).getOrDefault(name, 0.0) * Math.max(calls, 1e-9);
      all += Math.max(calls, 1e-9);
      given += minute.map(m -> m.getOrDefault(name, 0.0)).orElse(0.0);
      rate +=
          port.lastInterval()
              .map(s -> s.perSecond(s.rises("redirects_total", "target").getOrDefault(name, 0.0)))
              .orElse(Double.NaN);
      Double isUp = last.values("cdn_up", "cdn").get(name);
      up += isUp != null && isUp > 0 ? 1 : 0;
      of += isUp != null ? 1 : 0;
    }
    return new Target(name, wanted / all, all < 1 ? Double.NaN : given / all, rate, up, of);
  }

  private static List<Edge> edges(List<AdminPort> ports) {
    List<Edge> edges = new ArrayList<>();
    for (AdminPort port : ports) {
      port.last()
          .filter(Reading::isEdge)
          .ifPresent(
              last -> {
                Optional<Interval> second = port.lastInterval();
                edges.add(
                    new Edge(
                        port.name(),
                        perSecond(second, "grpc_retry_count_total"),
                        perSecond(second, "redirect_fallbacks_total"),
                        last.breakers()));
              });
    }
    return edges;
  }

  private static double perSecond(Optional<Interval> interval, String counter) {
    return interval.map(i -> i.perSecond(i.rise(counter))).orElse(Double.NaN);
  }

  private static void add(Map<String, Double> sums, Map<String, Double> counts) {
    counts.forEach((key, count) -> sums.merge(key, count, Double::sum));
  }

  private static Map<String, Double> withoutZeros(Map<String, Double> counts) {
    Map<String, Double> others = new LinkedHashMap<>();
    counts.forEach(
        (key, count) -> {
          if (count > 0) {
            others.put(key, count);
          }
        });
    return others;
  }

  /** Returns the same as members of a JSON object; what is not known is null. */
  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("time", time.toString());
    members.put("seconds", seconds);
    members.put("ports", ports.stream().map(Fleet::json).toList());
    members.put("targets", targets.stream().map(Fleet::json).toList());
    members.put("edges", edges.stream().map(Fleet::json).toList());
    members.put("errors", numbers(errors));
    members.put("edge_errors", numbers(edgeErrors));
    members.put("rejections", numbers(rejections));
    members.put("problems", problems);
    return members;
  }

  private static Map<String, @Nullable Object> json(Port port) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("admin", port.name);
    if (port.error != null) {
      members.put("error", port.error);
      return members;
    }
    members.put("state", port.state);
    members.put("calls_per_second", number(port.calls));
    members.put("p50_seconds", number(port.p50));
    members.put("p99_seconds", number(port.p99));
    members.put("errors_per_second", number(port.errors));
    members.put("rejections_per_second", number(port.rejections));
    members.put("generation", number(port.generation));
    members.put("memory_bytes", number(port.memoryBytes));
    members.put("connections", number(port.connections));
    return members;
  }

  private static Map<String, @Nullable Object> json(Target target) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("target", target.name);
    members.put("wanted", number(target.wanted));
    members.put("given", number(target.given));
    members.put("calls_per_second", number(target.calls));
    members.put("up", target.of == 0 ? null : target.up);
    members.put("probed_by", target.of);
    return members;
  }

  private static Map<String, @Nullable Object> json(Edge edge) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("admin", edge.name);
    members.put("retries_per_second", number(edge.retries));
    members.put("fallbacks_per_second", number(edge.fallbacks));
    members.put("breakers", edge.breakers);
    return members;
  }

  private static Map<String, @Nullable Object> numbers(Map<String, Double> values) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    values.forEach((name, value) -> members.put(name, number(value)));
    return members;
  }

  /** Returns a number, rounded to six places; null for what JSON has no number for. */
  private static @Nullable Object number(double value) {
    if (!Double.isFinite(value)) {
      return null;
    }
    double rounded = Math.rint(value * 1e6) / 1e6;
    return rounded == Math.rint(rounded) && Math.abs(rounded) < 1e15
        ? (Object) (long) rounded
        : (Object) rounded;
  }
}
