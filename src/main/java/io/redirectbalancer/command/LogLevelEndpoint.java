package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import io.redirectbalancer.admin.Endpoint;
import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.url.Quote;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Shows the loggers' levels, and changes one for a time: {@code logger=NAME&level=debug&for=10m},
 * as the query or as a form. Levels of errors are never hidden, and no change lasts for longer than
 * a day.
 */
record LogLevelEndpoint(LogLevels levels) implements Endpoint {
  private static final List<String> WORDS = List.of("trace", "debug", "info", "warn", "error");
  private static final String BACK = "default";
  private static final String DEFAULT_TIME = "10m";
  private static final Duration MAX_TIME = Duration.ofHours(24);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_$.-]{1,200}");
  private static final Pattern TIME = Pattern.compile("([0-9]{1,5})([smh])");
  private static final List<String> PARAMETERS = List.of("logger", "level", "for");

  @Override
  public List<String> methods() {
    return List.of("GET", "HEAD", "POST");
  }

  @Override
  public String summary() {
    return "the loggers' levels; POST logger=NAME&level=debug&for=10m changes one for a time";
  }

  @Override
  public Response answer(Request request) {
    return request.isPost() ? change(request) : states();
  }

  private Response change(Request request) {
    List<String> errors = new ArrayList<>();
    Map<String, String> given;
    try {
      given = request.parameters();
    } catch (IllegalArgumentException e) {
      return new Response(400, TEXT, e.getMessage() + "\n");
    }
    for (String name : given.keySet()) {
      if (!PARAMETERS.contains(name)) {
        errors.add(Quote.line(name) + ": no such parameter (expected: logger, level, for)");
      }
    }
    String logger = given.getOrDefault("logger", "");
    if (!NAME.matcher(logger).matches() || !levels.isKnown(logger)) {
      errors.add(
          "logger: "
              + Quote.line(logger)
              + " (expected: a logger, or a package of some, that has been used, such as"
              + " io.redirectbalancer or io.redirectbalancer.routing; log lines name them)");
    }
    String level = given.getOrDefault("level", "");
    if (!WORDS.contains(level) && !level.equals(BACK)) {
      errors.add(
          "level: "
              + Quote.line(level)
              + " (expected: one of "
              + String.join(", ", WORDS)
              + ", or default to end a change)");
    }
    Duration time = time(given.getOrDefault("for", DEFAULT_TIME));
    if (time == null) {
      errors.add(
          "for: "
              + Quote.line(given.getOrDefault("for", ""))
              + " (expected: a number and s, m or h, from 1s to 24h)");
    }
    if (time == null || !errors.isEmpty()) {
      return new Response(400, TEXT, String.join("\n", errors) + "\n");
    }
    if (level.equals(BACK)) {
      levels.restore(logger);
    } else {
      levels.change(logger, Level.valueOf(level), time);
    }
    return states();
  }

  private Response states() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (LogLevels.State state : levels.states()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("logger", state.logger());
      row.put("level", state.level());
      state.until().ifPresent(until -> row.put("until", until.toString()));
      rows.add(row);
    }
    return new Response(200, "application/json", JsonObject.format(Map.of("levels", rows)));
  }

  private static @Nullable Duration time(String text) {
    Matcher time = TIME.matcher(text);
    if (!time.matches()) {
      return null;
    }
    long number = Long.parseLong(time.group(1));
    Duration duration =
        switch (time.group(2)) {
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          default -> Duration.ofHours(number);
        };
    return duration.isZero() || duration.compareTo(MAX_TIME) > 0 ? null : duration;
  }
}
