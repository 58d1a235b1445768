package io.redirectbalancer.config;

/**
 * One error in the configuration.
 *
 * @param variable the source of the value: a variable, several variables, or an option
 * @param place where in the value the error is, such as {@code entry 2}; empty for the whole value
 * @param text what was given and what is expected
 */
public record ConfigurationError(String variable, String place, String text) {
  /** Creates an error about a whole value. */
  public ConfigurationError(String variable, String text) {
    this(variable, "", text);
  }

  /** Creates an error about a variable's whole value. */
  public ConfigurationError(Variable variable, String text) {
    this(variable.name(), text);
  }

  /** Returns the same error, in a file that the variable names. */
  public ConfigurationError inFile(Variable fileVariable, String path) {
    return new ConfigurationError(fileVariable.name(), path, toString());
  }

  /** Returns one line: {@code variable: text} or {@code variable place: text}. */
  @Override
  public String toString() {
    return variable + (place.isEmpty() ? "" : " " + place) + ": " + text;
  }
}
