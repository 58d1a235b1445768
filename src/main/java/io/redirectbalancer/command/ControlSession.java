package io.redirectbalancer.command;

import com.google.rpc.BadRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.ControlClient;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProcessInput;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command against the control API: connects, and turns a failure into lines on standard
 * error and an exit code.
 *
 * @param variables null for the process's own
 * @param out null for standard output
 */
record ControlSession(@Nullable Map<String, String> variables, @Nullable PrintStream out) {
  /** What a command does. */
  interface Action {
    /**
     * Makes calls and shows their answers.
     *
     * @throws StatusRuntimeException if one fails
     * @throws ConfigurationException for invalid options
     */
    void run(ControlClient client, ControlOutput out) throws ConfigurationException;
  }

  /** Returns a session with the environment and the output of the process. */
  static ControlSession ofProcess() {
    return new ControlSession(null, null);
  }

  /** Runs the action and returns the exit code. */
  int run(ControlOptions.Output options, Action action) throws ConfigurationException {
    Map<String, String> all = variables == null ? ProcessInput.environment() : variables;
    ControlCallSettings settings = ControlCallSettings.read(all);
    StandardError.print(LookAlikes.warnings(all));
    Logging.toStandardError(settings.log(), settings.grpcVerbose());
    PrintStream to = out == null ? System.out : out;
    try (ControlClient client = settings.connect()) {
      action.run(client, new ControlOutput(to, options.json()));
      return 0;
    } catch (StatusRuntimeException e) {
      StandardError.print(lines(e));
      return Exit.FAILED;
    }
  }

  /** Returns a line with the status, then one for each invalid field. */
  private static List<String> lines(StatusRuntimeException failure) {
    Status status = failure.getStatus();
    String why = Objects.requireNonNullElse(status.getDescription(), "no reason given");
    List<String> lines = new ArrayList<>();
    lines.add("failed with " + status.getCode() + ": " + MessageText.escaped(why));
    for (BadRequest.FieldViolation field : ControlClient.violations(failure)) {
      lines.add(MessageText.escaped("  " + field.getField() + ": " + field.getDescription()));
    }
    return lines;
  }
}
