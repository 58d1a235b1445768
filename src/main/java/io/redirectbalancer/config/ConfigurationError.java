package io.redirectbalancer.config;

/**
 * One error in the configuration.
 *
 * @param variable what the value was given by: a variable, several of them, or an option
 * @param place where in the value the error is, such as {@code entry 2}; empty for all of it
 * @param text what was given and what is expected
 */
public record ConfigurationError(String variable, String place, String text) {
  /** An error in all of a value. */
  public ConfigurationError(String variable, String text) {
    this(variable, "", text);
  }

  /** An error in all of a variable's value. */
  public ConfigurationError(Variable variable, String text) {
    this(variable.name(), text);
  }

  /** The same in a file that the variable names. */
  public ConfigurationError inFile(Variable fileVariable, String path) {
    return new ConfigurationError(fileVariable.name(), path, toString());
  }

  /** One line: {@code variable: text} or {@code variable place: text}. */
  @Override
  public String toString() {
    return variable + (place.isEmpty() ? "" : " " + place) + ": " + text;
  }
}
