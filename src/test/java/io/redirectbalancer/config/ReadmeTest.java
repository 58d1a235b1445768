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
}
