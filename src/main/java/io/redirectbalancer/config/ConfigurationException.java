package io.redirectbalancer.config;

import java.util.List;

/** What keeps the program from starting: every mistake found, a line each. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<String> mistakes;

  public ConfigurationException(List<String> mistakes) {
    super(String.join(System.lineSeparator(), mistakes));
    this.mistakes = List.copyOf(mistakes);
  }

  /** A line for each mistake: the variable, what was given and what is expected. */
  public List<String> mistakes() {
    return mistakes;
  }
}
