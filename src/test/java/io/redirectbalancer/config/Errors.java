package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** The lines of a {@link ConfigurationException}, for assertions. */
public final class Errors {
  private Errors() {}

  /** Those of the exception that the code throws. */
  public static List<String> of(ThrowingCallable code) {
    return catchThrowableOfType(ConfigurationException.class, code).errors().stream()
        .map(ConfigurationError::toString)
        .toList();
  }
}
