package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReadmeTest {
  @ParameterizedTest
  @EnumSource
  void namesEveryVariableWithItsDefaultAndMeaning(Variable variable) throws IOException {
    String defaultValue = variable.defaultValue();
    String shown =
        defaultValue == null
            ? "required"
            : defaultValue.isEmpty() ? "unset" : "`" + defaultValue + "`";

    assertThat(Files.readString(Path.of("README.md")))
        .contains("| `%s` | %s | %s |".formatted(variable, shown, variable.meaning()));
  }

  /** Compose fixes what has to do with the container itself. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"PORT", "TLS_PORT", "TLS_CERT", "TLS_KEY", "ADMIN_HOST", "ADMIN_PORT"})
  void composeHandsEveryVariableOn(Variable variable) throws IOException {
    assertThat(Files.readString(Path.of("docker-compose.yml")))
        .containsPattern("(?m)^      " + variable + ":");
  }
}
