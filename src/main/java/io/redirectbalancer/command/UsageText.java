package io.redirectbalancer.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.redirectbalancer.config.Variable;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.IVersionProvider;

/** The text of {@code --version}, and the environment variables in {@code --help}. */
public final class UsageText implements IVersionProvider {
  private static final int WIDTH = 130;
  private static final String EXIT_CODES =
      "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration";
  private static final String INDENT = " ".repeat(30);

  /** Lists the variables and the exit codes in the help of all commands. */
  public static CommandLine addTo(CommandLine commands) {
    commands.setUsageHelpWidth(WIDTH);
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setParameterExceptionHandler(UsageText::reject);
    commands.setExecutionExceptionHandler((error, command, arguments) -> Exit.report(error));
    // By default the parser writes in the locale's character set.
    commands.setOut(new PrintWriter(new OutputStreamWriter(System.out, UTF_8), true));
    setFooter(commands);
    commands.getSubcommands().values().forEach(UsageText::setFooter);
    return commands;
  }

  /** Prints the error on one line, without the whole help below. */
  private static int reject(CommandLine.ParameterException error, String[] arguments) {
    StandardError.print(List.of(error.getMessage() + "; see --help"));
    return Exit.WRONG_USAGE;
  }

  private static void setFooter(CommandLine command) {
    String name = command.getCommandName();
    Optional<Variable.Reader> reader =
        Stream.of(Variable.Reader.values())
            .filter(one -> List.of(one.toString().split(", ")).contains(name))
            .findFirst();
    command
        .getCommandSpec()
        .usageMessage()
        .footer(name.equals(DoctorCommand.NAME) ? partsFooter("serve") : footer(reader));
    for (CommandLine part : command.getSubcommands().values()) {
      if (reader.isPresent()) {
        part.getCommandSpec().usageMessage().footer(partsFooter(name));
      }
    }
  }

  /** Returns what stands below the help of one of a command's subcommands. */
  private static String[] partsFooter(String command) {
    return new String[] {
      "", "Environment variables: see redirect-balancer " + command + " --help", EXIT_CODES
    };
  }

  @Override
  public String[] getVersion() {
    String version = UsageText.class.getPackage().getImplementationVersion();
    return new String[] {
      "redirect-balancer " + Objects.requireNonNullElse(version, "(unpackaged)")
    };
  }

  /** Returns the variables that one command reads, or that any command reads. */
  private static String[] footer(Optional<Variable.Reader> reader) {
    List<String> lines = new ArrayList<>(List.of("", "Environment variables:"));
    for (Variable variable : reader.map(Variable::readBy).orElse(EnumSet.allOf(Variable.class))) {
      String defaultValue =
          reader.isPresent() ? variable.defaultValue(reader.get()) : variable.defaultValue();
      String note =
          defaultValue == null ? "required" : defaultValue.isEmpty() ? "unset" : defaultValue;
      String name = variable.name();
      String gap = " ".repeat(Math.max(1, INDENT.length() - 2 - name.length()));
      lines.add("  " + name + gap + variable.meaning().replace("%", "%%"));
      lines.add(INDENT + "(default: " + note + ")");
    }
    lines.add("");
    lines.add(EXIT_CODES);
    return lines.toArray(String[]::new);
  }
}
