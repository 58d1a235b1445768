package io.redirectbalancer.config;

import java.util.List;
import java.util.stream.Collectors;

/** All errors that keep the program from starting, one per line. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<ConfigurationError> errors;

  public ConfigurationException(List<ConfigurationError> errors) {
    super(joined(errors, System.lineSeparator()));
    this.errors = List.copyOf(errors);
  }

  public ConfigurationException(ConfigurationError error) {
    this(List.of(error));
  }

  /** Returns all errors, in the order found. */
  public List<ConfigurationError> errors() {
    return errors;
  }

  /** Returns all errors on one line, for logs. */
  public String toLine() {
    return joined(errors, "; ");
  }

  private static String joined(List<ConfigurationError> errors, String delimiter) {
    return errors.stream().map(ConfigurationError::toString).collect(Collectors.joining(delimiter));
  }
}
