package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.Main;
import io.redirectbalancer.config.Variable;
import java.io.PrintWriter;
import java.io.Writer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class UsageTextTest {
  @ParameterizedTest
  @EnumSource
  void listsEveryVariableWithItsMeaningAndDefault(Variable variable) {
    assertThat(help().getUsageMessage())
        .containsPattern("(?m)^  " + variable + " +\\S")
        .contains(variable.meaning());
    String defaultValue = variable.defaultValue();
    if (defaultValue != null && !defaultValue.isEmpty()) {
      assertThat(help().getUsageMessage()).contains("(default: " + defaultValue + ")");
    }
  }

  @Test
  void marksWhatIsRequiredOrUnset() {
    assertThat(help().getUsageMessage()).contains("(default: required)", "(default: unset)");
  }

  @Test
  void isPartOfEveryCommandsHelp() {
    assertThat(help().getSubcommands()).isNotEmpty();
    assertThat(help().getSubcommands().values())
        .allSatisfy(
            command ->
                assertThat(command.getUsageMessage())
                    .contains("CDN_HOST", "Exit codes: 0 done, 1 failed, 2 wrong usage"));
  }

  @Test
  void staysWithinItsWidth() {
    assertThat(help().getUsageMessage().lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(130));
  }

  @Test
  void saysTheVersion() {
    assertThat(new UsageText().getVersion())
        .singleElement()
        .asString()
        .startsWith("redirect-balancer ");
  }

  @Test
  void exitsWith2OnWrongUsage() {
    CommandLine commands = help();
    commands.setErr(new PrintWriter(Writer.nullWriter()));

    assertThat(commands.execute("--no-such-option")).isEqualTo(2);
  }

  private static CommandLine help() {
    return UsageText.addTo(new CommandLine(new Main()));
  }
}
