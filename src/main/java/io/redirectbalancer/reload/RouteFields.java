package io.redirectbalancer.reload;

import io.redirectbalancer.config.Variable;
import io.redirectbalancer.url.Quote;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The members of a JSON object as values of the variables that they are named after.
 *
 * @param values the texts of those that can be read
 * @param errors what is wrong with the others, by their names; nothing is no value
 */
record RouteFields(Map<String, String> values, Map<String, String> errors) {
  private static final String NAMES =
      RoutingVariables.VARIABLES.stream().map(Variable::name).collect(Collectors.joining(", "));

  static RouteFields of(Map<String, @Nullable Object> members) {
    Map<String, String> values = new HashMap<>();
    Map<String, String> errors = new LinkedHashMap<>();
    members.forEach(
        (name, value) -> {
          try {
            checkName(name);
            String text = text(value);
            if (text.isBlank()) {
              throw new IllegalArgumentException(
                  "empty (expected: a value, or, except for CDN_HOST, no such field)");
            }
            values.put(name, text);
          } catch (IllegalArgumentException e) {
            errors.put(name, e.getMessage());
          }
        });
    return new RouteFields(values, errors);
  }

  private static void checkName(String name) {
    if (RoutingVariables.VARIABLES.stream().noneMatch(known -> known.name().equals(name))) {
      throw new IllegalArgumentException("no such field (expected: one of " + NAMES + ")");
    }
  }

  private static String text(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof BigDecimal number) {
      return number.toString(); // Not the plain string, which of 1e9999999 has as many digits.
    }
    if (value instanceof List<?> entries
        && entries.stream()
            .allMatch(entry -> entry instanceof String text && !text.contains(","))) {
      return entries.stream().map(String.class::cast).collect(Collectors.joining(","));
    }
    throw new IllegalArgumentException(
        Quote.line(String.valueOf(value))
            + " (expected: a string, a number, or an array of strings without commas)");
  }
}
