package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

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

  @ParameterizedTest
  @MethodSource("handedOn")
  void composeHandsEveryVariableOn(Variable variable) throws IOException {
    assertThat(Files.readString(Path.of("docker-compose.yml")))
        .containsPattern("(?m)^      " + variable + ":");
  }

  /** The balancer's; compose fixes what has to do with the container itself. */
  private static Stream<Variable> handedOn() {
    Set<Variable> fixed =
        EnumSet.of(
            Variable.PORT,
            Variable.TLS_PORT,
            Variable.TLS_CERT,
            Variable.TLS_KEY,
            Variable.ADMIN_HOST,
            Variable.ADMIN_PORT);
    return Stream.of(Variable.values())
        .filter(variable -> variable.side() == Variable.Side.SERVER && !fixed.contains(variable));
  }
}
