package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.url.Quote;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The members of a JSON object, as values of the variables of the same names.
 *
 * @param values the valid members: a list's entries, or one entry for anything else
 * @param errors the errors in the other members, by name; a blank value is an error
 */
record RouteFields(Map<Variable, List<String>> values, Map<String, ConfigurationError> errors) {
  private static final String NAMES =
      RoutingConfig.VARIABLES.stream().map(Variable::name).collect(Collectors.joining(", "));

  /** Tells editors the file's schema; ignored here. */
  private static final String SCHEMA = "$schema";

  static RouteFields of(Map<String, @Nullable Object> members) {
    Map<Variable, List<String>> values = new EnumMap<>(Variable.class);
    Map<String, ConfigurationError> errors = new LinkedHashMap<>();
    members.forEach(
        (name, value) -> {
          try {
            if (name.equals(SCHEMA)) {
              checkSchema(value);
            } else {
              Variable variable = variable(name);
              values.put(variable, entries(variable, value));
            }
          } catch (IllegalArgumentException e) {
            errors.put(
                name, new ConfigurationError(Quote.line(name), String.valueOf(e.getMessage())));
          }
        });
    return new RouteFields(values, errors);
  }

  private static Variable variable(String name) {
    return RoutingConfig.VARIABLES.stream()
        .filter(known -> known.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("no such field (expected: one of " + NAMES + ")"));
  }

  private static List<String> entries(Variable variable, @Nullable Object value) {
    boolean list = RoutingConfig.LISTS.contains(variable);
    if (value == null || value.equals(List.of()) || isBlank(value)) {
      throw new IllegalArgumentException(
          "empty (expected: a value, or, except for CDN_HOST, no such field)");
    }
    if (value instanceof String text) {
      return list ? Environment.split(text) : List.of(text.strip());
    }
    if (value instanceof BigDecimal number) {
      // Not the plain string: for 1e9999999 it has that many digits.
      return List.of(number.toString());
    }
    if (list
        && value instanceof List<?> entries
        && entries.stream()
            .allMatch(entry -> entry instanceof String text && !text.contains(","))) {
      return entries.stream().map(entry -> ((String) entry).strip()).toList();
    }
    throw new IllegalArgumentException(
        Quote.line(String.valueOf(value))
            + " (expected: a string, a number, or an array of strings without commas)");
  }

  /** Whether it is a blank text, alone or in an array. */
  private static boolean isBlank(Object value) {
    Object text = value instanceof List<?> entries && entries.size() == 1 ? entries.get(0) : value;
    return text instanceof String string && string.isBlank();
  }

  private static void checkSchema(@Nullable Object value) {
    if (!(value instanceof String)) {
      throw new IllegalArgumentException(
          Quote.line(String.valueOf(value)) + " (expected: a string)");
    }
  }
}
