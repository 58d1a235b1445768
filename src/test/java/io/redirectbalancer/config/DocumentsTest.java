package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
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
        .contains("| `%s` | %s | %s |".formatted(variable, shown, cell(variable.meaning())));
  }

  /** A bar would end the cell. */
  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  @Test
  void everyRowOfATableHasAsManyCellsAsItsHeading() throws IOException {
    int expected = 0;
    for (String line : Files.readAllLines(Path.of("README.md"))) {
      int cells = line.startsWith("|") ? line.replace("\\|", "").split("\\|", -1).length : 0;
      if (expected > 0 && cells > 0) {
        assertThat(cells).as(line).isEqualTo(expected);
      }
      expected = cells;
    }
  }
}
