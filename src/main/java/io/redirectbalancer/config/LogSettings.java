package io.redirectbalancer.config;

import java.util.function.Supplier;

/**
 * What is logged and how.
 *
 * @param level trace, debug, info, warn or error
 * @param format json or text
 */
public record LogSettings(String level, String format) {
  /** Reads the logs' variables. */
  public static Supplier<LogSettings> read(Environment environment) {
    var level =
        environment.readWord(
            Variable.LOG_LEVEL, "trace", "debug", "info", "warn", "error", "fatal", "panic");
    var format = environment.readWord(Variable.LOG_FORMAT, "json", "text");
    return () -> new LogSettings(level(level.get()), format.get());
  }

  private static String level(String word) {
    return word.equals("fatal") || word.equals("panic") ? "error" : word;
  }
}
