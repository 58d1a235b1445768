package io.redirectbalancer.client;

import java.time.Duration;
import java.util.Objects;

/** Checks options; the exception's message states what was given and what is expected. */
final class Checks {
  private static final Duration MAX = Duration.ofDays(30);

  private Checks() {}

  static void range(String name, int value, int min, int max) {
    check(value >= min && value <= max, name, value, "a whole number from " + min + " to " + max);
  }

  static void range(String name, double value, int min, int max) {
    check(value >= min && value <= max, name, value, "a number from " + min + " to " + max);
  }

  static void positive(String name, Duration value) {
    Objects.requireNonNull(value, name);
    check(
        value.compareTo(Duration.ZERO) > 0 && value.compareTo(MAX) <= 0,
        name,
        value,
        "more than zero, at most 30 days");
  }

  static void notNegative(String name, Duration value) {
    Objects.requireNonNull(value, name);
    check(
        !value.isNegative() && value.compareTo(MAX) <= 0,
        name,
        value,
        "zero or more, at most 30 days");
  }

  static void check(boolean fine, String name, Object value, String expected) {
    if (!fine) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
    }
  }
}
