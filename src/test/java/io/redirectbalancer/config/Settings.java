package io.redirectbalancer.config;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Reads settings from variables, for assertions. */
final class Settings {
  private Settings() {}

  static <T> T read(Map<String, String> variables, Function<Environment, Supplier<T>> reader)
      throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.SERVE, variables);
    Supplier<T> settings = reader.apply(environment);
    environment.throwIfInvalid();
    return settings.get();
  }

  static <T> List<String> errors(
      Map<String, String> variables, Function<Environment, Supplier<T>> reader) {
    return Errors.of(() -> read(variables, reader));
  }
}
