package io.redirectbalancer;

import io.redirectbalancer.command.CallCommand;
import io.redirectbalancer.command.EdgeCommand;
import io.redirectbalancer.command.ExplainCommand;
import io.redirectbalancer.command.ServeCommand;
import io.redirectbalancer.command.UsageText;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The list of commands. Without one, {@code serve} runs. */
@Command(
    name = "redirect-balancer",
    description = "Tells video players, in one gRPC call, where to fetch a video from.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class,
    subcommands = {ServeCommand.class, EdgeCommand.class, CallCommand.class, ExplainCommand.class})
public final class Main implements Callable<Integer> {
  public static void main(String[] args) throws InterruptedException {
    Main main = new Main();
    // Where there is nothing to parse, a start is a fifth faster without the parser.
    System.exit(
        args.length == 0 ? main.call() : UsageText.addTo(new CommandLine(main)).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    return new ServeCommand().call();
  }
}
