package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExitTest {
  @Test
  void wrongConfigurationIsALineForEachErrorAndExitCode2() {
    try (CapturedStandardError error = new CapturedStandardError()) {
      var errors =
          List.of(
              new ConfigurationError("PORT", "\"x\""),
              new ConfigurationError("CDN_HOST", "entry 2", "\"y\""));

      assertThat(Exit.report(new ConfigurationException(errors))).isEqualTo(2);
      assertThat(error.lines()).containsExactly("PORT: \"x\"", "CDN_HOST entry 2: \"y\"");
    }
  }

  @Test
  void anythingElseIsOneLineAndExitCode1() {
    try (CapturedStandardError error = new CapturedStandardError()) {
      assertThat(Exit.report(new OutOfMemoryError("unable to create native thread"))).isEqualTo(1);
      assertThat(error.lines())
          .containsExactly(
              "failed: no further thread can be started"
                  + " (expected: a higher ulimit -u or pids limit)");
    }
  }
}
