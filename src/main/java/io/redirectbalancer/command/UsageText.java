package io.redirectbalancer.command;

import io.redirectbalancer.config.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.IVersionProvider;

/** What {@code --help} adds to the options, the environment variables, and {@code --version}. */
public final class UsageText implements IVersionProvider {
  private static final int WIDTH = 130;
  private static final String INDENT = " ".repeat(30);

  /** Lists the variables and the exit codes in the help of all commands. */
  public static CommandLine addTo(CommandLine commands) {
    String[] footer = footer().toArray(String[]::new);
    commands.setUsageHelpWidth(WIDTH);
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.getCommandSpec().usageMessage().footer(footer);
    for (CommandLine command : commands.getSubcommands().values()) {
      command.getCommandSpec().usageMessage().footer(footer);
    }
    return commands;
  }

  @Override
  public String[] getVersion() {
    String version = UsageText.class.getPackage().getImplementationVersion();
    return new String[] {
      "redirect-balancer " + Objects.requireNonNullElse(version, "(unpackaged)")
    };
  }

  private static List<String> footer() {
    List<String> lines = new ArrayList<>(List.of("", "Environment variables:"));
    for (Variable variable : Variable.values()) {
      String defaultValue = variable.defaultValue();
      String note =
          defaultValue == null ? "required" : defaultValue.isEmpty() ? "unset" : defaultValue;
      lines.add(String.format("  %-27s %s", variable, variable.meaning().replace("%", "%%")));
      lines.add(INDENT + "(default: " + note + ")");
    }
    lines.add("");
    lines.add("Exit codes: 0 done, 1 failed, 2 wrong usage or configuration");
    return lines;
  }
}
