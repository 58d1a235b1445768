package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.Main;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Errors;
import io.redirectbalancer.config.Variable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class UsageTextTest {
  private static final Map<Variable.Reader, SettingsReader> READERS =
      Map.of(
          Variable.Reader.SERVE, ServeSettings::read,
          Variable.Reader.EDGE, EdgeSettings::read,
          Variable.Reader.CALL, new CallCommand()::call,
          Variable.Reader.EXPLAIN, ExplainCommand::settings,
          Variable.Reader.TOP, TopCommand::settings,
          Variable.Reader.CHECK, new CheckCommand()::settings,
          Variable.Reader.CONTROL, ControlCallSettings::read);

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
                    .contains("Environment variables:", "Exit codes: 0 done, 1 failed, 2 wrong"));
  }

  @ParameterizedTest
  @CsvSource({
    "serve,   CDN_HOST,        BALANCER_TARGET",
    "edge,    BALANCER_TARGET, CDN_HOST",
    "call,    ORIGIN_DOMAINS,  PORT",
    "explain, ADMIN_PORT,      LOG_LEVEL",
    "top,     ADMIN_HOST,      ADMIN_TOKEN",
    "user,    CONTROL_TOKEN,   FAIL_OPEN",
    "cdn,     CONTROL_TARGET,  BALANCER_TARGET",
    "routing, BALANCER_TLS,    CONTROL_PORT",
  })
  void aCommandsHelpHasItsOwnVariables(String command, String own, String foreign) {
    assertThat(helpOf(command))
        .containsPattern("(?m)^  " + own + " ")
        .doesNotContainPattern("(?m)^  " + foreign + " ");
  }

  /** Any text can be a password, and OpenTelemetry reads its own: no value is an error here. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.MATCH_NONE,
      names = {"DATABASE_PASSWORD", "OTEL_(?!TRACES_EXPORTER).*"})
  void namesForEachVariableTheCommandsThatReadIt(Variable variable) {
    READERS.forEach(
        (reader, settings) ->
            assertThat(variable.isReadBy(reader))
                .as("%s reads %s", reader, variable)
                .isEqualTo(isRead(settings, variable)));
  }

  @Test
  void everyCommandReadsVariables() {
    assertThat(READERS.keySet()).containsExactlyInAnyOrder(Variable.Reader.values());
    assertThat(READERS.keySet())
        .flatExtracting(reader -> List.of(reader.toString().split(", ")))
        .containsExactlyInAnyOrderElementsOf(
            help().getSubcommands().keySet().stream()
                // It reads those of the command that it checks.
                .filter(command -> !command.equals("doctor"))
                .toList());
  }

  /** Whether a value that no variable takes is reported. */
  private static boolean isRead(SettingsReader reader, Variable variable) {
    // There is always some error; what is read only with others set is read, too.
    Map<String, String> variables = new HashMap<>(Map.of("CDN_HOST", "-", "BALANCER_TLS", "on"));
    variables.put("ADMIN_PORT", "-");
    variables.putAll(Map.of("TLS_PORT", "0", "TLS_CERT", "-", "TLS_KEY", "-"));
    variables.putAll(Map.of("BALANCER_CERT", "-", "BALANCER_KEY", "-"));
    variables.put("DATABASE_URL", "jdbc:h2:mem:test");
    // A directory's name may have 255 characters.
    variables.put(variable.name(), "?".repeat(variable == Variable.STATE_DIR ? 300 : 200));
    return Errors.of(() -> reader.read(variables)).stream()
        .anyMatch(error -> error.contains("????") || error.startsWith(variable + ": "));
  }

  @Test
  void anEdgeHasDefaultsOfItsOwn() {
    assertThat(helpOf("edge"))
        .contains("(default: 50050)", "(default: dns:///server:50051)")
        .doesNotContain("(default: 50051)");
  }

  @Test
  void staysWithinItsWidth() {
    assertThat(Stream.concat(Stream.of(help()), parts()))
        .allSatisfy(
            command ->
                assertThat(command.getUsageMessage().lines())
                    .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(130)));
  }

  @Test
  void aSubcommandsHelpSaysWhereTheVariablesAre() {
    assertThat(parts().filter(part -> part.getParent().getCommandName().equals("user")))
        .hasSize(6)
        .allSatisfy(
            part ->
                assertThat(part.getUsageMessage())
                    .contains("see redirect-balancer user --help", "Exit codes: 0 done")
                    .doesNotContain("CONTROL_TOKEN"));
  }

  /** The subcommands of commands. */
  private static Stream<CommandLine> parts() {
    return help().getSubcommands().values().stream()
        .flatMap(command -> command.getSubcommands().values().stream());
  }

  @Test
  void saysTheVersion() {
    assertThat(new UsageText().getVersion())
        .singleElement()
        .asString()
        .startsWith("redirect-balancer ");
  }

  @Test
  void wrongUsageIsOneLineAndExitCode2() {
    try (CapturedStandardError error = new CapturedStandardError()) {
      assertThat(help().execute("--no-such-option")).isEqualTo(2);
      assertThat(error.lines())
          .singleElement()
          .asString()
          .contains("'--no-such-option'")
          .endsWith("see --help");
    }
  }

  private interface SettingsReader {
    Object read(Map<String, String> variables) throws ConfigurationException;
  }

  private static String helpOf(String command) {
    return Objects.requireNonNull(help().getSubcommands().get(command)).getUsageMessage();
  }

  private static CommandLine help() {
    return UsageText.addTo(new CommandLine(new Main()));
  }
}
