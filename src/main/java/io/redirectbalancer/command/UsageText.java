package io.redirectbalancer.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.redirectbalancer.config.Variable;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.IVersionProvider;

/** What {@code --help} adds to the options, the environment variables, and {@code --version}. */
public final class UsageText implements IVersionProvider {
  private static final int WIDTH = 130;
  private static final String INDENT = " ".repeat(30);

  private static final Set<Variable> ROUTING =
      EnumSet.range(Variable.CDN_HOST, Variable.PROBE_SECONDS);
  private static final Set<Variable> LOGGING = EnumSet.of(Variable.LOG_LEVEL, Variable.LOG_FORMAT);
  private static final Set<Variable> ADMIN = EnumSet.of(Variable.ADMIN_HOST, Variable.ADMIN_PORT);

  /** What each command reads. */
  private static final Map<String, Predicate<Variable>> VARIABLES =
      Map.of(
          "serve", variable -> variable.side() == Variable.Side.SERVER,
          "edge", variable -> variable == Variable.ORIGIN_DOMAINS || !ROUTING.contains(variable),
          "call",
              variable ->
                  variable.side() == Variable.Side.CLIENT
                      || variable == Variable.ORIGIN_DOMAINS
                      || LOGGING.contains(variable),
          "explain", ADMIN::contains);

  /** The variables that a command reads; all of them for one that is not known. */
  static Set<Variable> variablesOf(String command) {
    return Stream.of(Variable.values())
        .filter(VARIABLES.getOrDefault(command, variable -> true))
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Variable.class)));
  }

  /** Lists the variables and the exit codes in the help of all commands. */
  public static CommandLine addTo(CommandLine commands) {
    commands.setUsageHelpWidth(WIDTH);
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setParameterExceptionHandler(UsageText::reject);
    commands.setExecutionExceptionHandler((error, command, arguments) -> Exit.report(error));
    // By itself the parser writes in the locale's character set.
    commands.setOut(new PrintWriter(new OutputStreamWriter(System.out, UTF_8), true));
    setFooter(commands);
    commands.getSubcommands().values().forEach(UsageText::setFooter);
    return commands;
  }

  /** One line on what is wrong, not the whole help below it. */
  private static int reject(CommandLine.ParameterException error, String[] arguments) {
    StandardError.print(List.of(error.getMessage() + "; see --help"));
    return Exit.WRONG_USAGE;
  }

  private static void setFooter(CommandLine command) {
    String name = command.getCommandName();
    Map<Variable, String> defaults = name.equals("edge") ? EdgeSettings.DEFAULTS : Map.of();
    List<String> footer = footer(variablesOf(name), defaults);
    command.getCommandSpec().usageMessage().footer(footer.toArray(String[]::new));
  }

  @Override
  public String[] getVersion() {
    String version = UsageText.class.getPackage().getImplementationVersion();
    return new String[] {
      "redirect-balancer " + Objects.requireNonNullElse(version, "(unpackaged)")
    };
  }

  private static List<String> footer(Set<Variable> variables, Map<Variable, String> defaults) {
    List<String> lines = new ArrayList<>(List.of("", "Environment variables:"));
    for (Variable variable : variables) {
      String defaultValue = defaults.getOrDefault(variable, variable.defaultValue());
      String note =
          defaultValue == null ? "required" : defaultValue.isEmpty() ? "unset" : defaultValue;
      String name = variable.name();
      String gap = " ".repeat(Math.max(1, INDENT.length() - 2 - name.length()));
      lines.add("  " + name + gap + variable.meaning().replace("%", "%%"));
      lines.add(INDENT + "(default: " + note + ")");
    }
    lines.add("");
    lines.add("Exit codes: 0 done, 1 failed, 2 wrong usage or configuration");
    return lines;
  }
}
