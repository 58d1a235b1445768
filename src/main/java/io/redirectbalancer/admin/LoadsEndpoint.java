package io.redirectbalancer.admin;

import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.routing.LoadReport;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.url.Quote;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes reports of the CDNs' connections: {@code {"connections": {"<CDN>": 120}, "ttl_seconds":
 * 60}}. CDNs that are not in the table are ignored and named in the answer.
 */
public final class LoadsEndpoint implements Endpoint {
  private static final String CONNECTIONS = "connections";
  private static final String TTL = "ttl_seconds";
  private static final BigDecimal DEFAULT_TTL_SECONDS = BigDecimal.valueOf(60);

  private final Redirector redirector;
  private final ScheduledExecutorService scheduler;

  /**
   * @param scheduler removes reports when they expire
   */
  public LoadsEndpoint(Redirector redirector, ScheduledExecutorService scheduler) {
    this.redirector = redirector;
    this.scheduler = scheduler;
  }

  @Override
  public List<String> methods() {
    return List.of("POST");
  }

  @Override
  public String summary() {
    return "takes the CDNs' connections: {\"connections\": {\"<CDN>\": 120}, \"ttl_seconds\": 60}";
  }

  @Override
  public Response answer(Request request) {
    LoadReport report;
    try {
      report = report(JsonObject.parse(request.body()));
    } catch (IllegalArgumentException e) {
      return Response.text(400, String.valueOf(e.getMessage()));
    }
    Set<String> unknown = redirector.report(report);
    long ttl = report.timeToLive().toNanos();
    var unused = scheduler.schedule(redirector::expireLoads, ttl, TimeUnit.NANOSECONDS);
    List<String> taken =
        report.connections().keySet().stream()
            .filter(name -> !unknown.contains(name))
            .sorted()
            .toList();
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("taken", taken);
    answer.put("unknown", List.copyOf(unknown));
    return Response.json(JsonObject.format(answer));
  }

  private static LoadReport report(Map<String, @Nullable Object> members) {
    List<String> errors = new ArrayList<>();
    for (String name : members.keySet()) {
      if (!name.equals(CONNECTIONS) && !name.equals(TTL)) {
        errors.add(name + ": no such field (expected: connections, ttl_seconds)");
      }
    }
    Map<String, Long> connections = new LinkedHashMap<>();
    if (members.get(CONNECTIONS) instanceof Map<?, ?> reported) {
      reported.forEach(
          (name, count) ->
              connections.put(
                  String.valueOf(name),
                  wholeNumber(
                      "connections of " + Quote.line(String.valueOf(name)),
                      count,
                      0,
                      LoadReport.MAX_CONNECTIONS,
                      errors)));
    } else {
      errors.add("connections (expected: an object, CDN to number of connections)");
    }
    Object ttl = members.containsKey(TTL) ? members.get(TTL) : DEFAULT_TTL_SECONDS;
    long seconds = wholeNumber(TTL, ttl, 1, LoadReport.MAX_TIME_TO_LIVE.toSeconds(), errors);
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", errors));
    }
    return new LoadReport(connections, Duration.ofSeconds(seconds));
  }

  private static long wholeNumber(
      String what, @Nullable Object value, long min, long max, List<String> errors) {
    try {
      if (value instanceof BigDecimal number) {
        long count = number.longValueExact();
        if (count >= min && count <= max) {
          return count;
        }
      }
    } catch (ArithmeticException e) {
      // Reported below.
    }
    Object given = value instanceof String text ? Quote.line(text) : value;
    errors.add(what + ": " + given + " (expected: a whole number from " + min + " to " + max + ")");
    return min;
  }
}
