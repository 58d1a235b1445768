package io.redirectbalancer;

import io.redirectbalancer.command.CallCommand;
import io.redirectbalancer.command.CdnCommand;
import io.redirectbalancer.command.CheckCommand;
import io.redirectbalancer.command.DoctorCommand;
import io.redirectbalancer.command.EdgeCommand;
import io.redirectbalancer.command.Exit;
import io.redirectbalancer.command.ExplainCommand;
import io.redirectbalancer.command.RoutingCommand;
import io.redirectbalancer.command.ServeCommand;
import io.redirectbalancer.command.TopCommand;
import io.redirectbalancer.command.UsageText;
import io.redirectbalancer.command.UserCommand;
import io.redirectbalancer.config.ProcessInput;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The list of commands. Without one, {@code serve} runs. */
@Command(
    name = "redirect-balancer",
    description = "Tells video players, in one gRPC call, where to fetch a video from.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class,
    subcommands = {
      ServeCommand.class,
      EdgeCommand.class,
      CallCommand.class,
      ExplainCommand.class,
      TopCommand.class,
      DoctorCommand.class,
      CheckCommand.class,
      UserCommand.class,
      CdnCommand.class,
      RoutingCommand.class
    })
public final class Main implements Callable<Integer> {
  public static void main(String[] args) {
    Main main = new Main();
    // Without arguments the parser is not loaded: saves a tenth of the start's CPU time and 4 MB of
    // memory for as long as the process runs.
    Exit.after(() -> args.length == 0 ? main.call() : main.parse(ProcessInput.arguments(args)));
  }

  private int parse(String[] args) {
    return UsageText.addTo(new CommandLine(this)).execute(args);
  }

  @Override
  public Integer call() throws Exception {
    return new ServeCommand().call();
  }
}
