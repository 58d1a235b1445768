package io.redirectbalancer.command;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.ProcessInput;
import io.redirectbalancer.doctor.Report;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks what serve or edge would meet if it were started here, and changes nothing. */
@Command(
    name = DoctorCommand.NAME,
    description = {
      "Checks the settings of serve or edge and all that they depend on: ports, names, CDNs or",
      "balancers, certificates, limits, memory, clock, database, locks. A line each, with what to",
      "do. Changes nothing; ends with 1 if anything is broken."
    },
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class DoctorCommand implements Callable<Integer> {
  static final String NAME = "doctor";

  /** The commands that can be checked. */
  enum Checked {
    SERVE,
    EDGE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      paramLabel = "COMMAND",
      arity = "0..1",
      description = "Whose settings: serve (the default) or edge, which see for the variables.")
  private Checked command = Checked.SERVE;

  @Option(names = "--json", description = "JSON instead of lines.")
  private boolean json;

  @Override
  public Integer call() throws ConfigurationException {
    return call(ProcessInput.environment(), System.out);
  }

  /** Checks and returns the exit code. */
  int call(Map<String, String> variables, PrintStream out) {
    Logging.silence();
    Diagnosis diagnosis = new Diagnosis(variables);
    Report report =
        new Report(
            command.toString(),
            command == Checked.SERVE ? diagnosis.ofServe() : diagnosis.ofEdge());
    out.print(json ? report.json() : report.text());
    return report.isSound() ? 0 : Exit.FAILED;
  }
}
