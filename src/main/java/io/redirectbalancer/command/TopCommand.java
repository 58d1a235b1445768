package io.redirectbalancer.command;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProcessInput;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.top.AdminPort;
import io.redirectbalancer.top.Watch;
import io.redirectbalancer.transport.ErrorText;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Watches balancers and edges by their admin ports. */
@Command(
    name = "top",
    description = {
      "Watches balancers and edges by their admin ports, each second: calls, latency, shares,",
      "errors, the CDNs' health, and what is wrong. q or Ctrl-C ends it.",
      "Prints lines where standard output is no terminal."
    },
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class TopCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "ADMIN",
      arity = "0..*",
      description = "host:port or URL of an admin port (default: ADMIN_HOST and ADMIN_PORT).")
  private List<String> admins = new ArrayList<>();

  @Option(
      names = "--once",
      description = "Shows one second, then ends: with 1 if a port does not answer.")
  private boolean once;

  @Option(names = "--json", description = "JSON: an object, or one a line each second.")
  private boolean json;

  @Override
  public Integer call() throws ConfigurationException, InterruptedException {
    Map<String, String> variables = ProcessInput.environment();
    Watch watch = new Watch(ports(admins, variables), System.out, InstantSource.system());
    if (once) {
      StandardError.print(LookAlikes.warnings(variables));
      return watch.once(json) ? 0 : Exit.FAILED;
    }
    watch.run(json, variables);
    return 0;
  }

  /** Reads the own process's address. */
  static AdminSettings settings(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.TOP, variables);
    var admin = AdminSettings.readAddress(environment);
    environment.throwIfInvalid();
    return admin.get();
  }

  /** Returns the ports of the arguments, or the one of the variables. */
  static List<AdminPort> ports(List<String> admins, Map<String, String> variables)
      throws ConfigurationException {
    List<ConfigurationError> errors = new ArrayList<>();
    List<AdminPort> ports = new ArrayList<>();
    for (String admin : admins.isEmpty() ? List.of(ownAddress(variables)) : admins) {
      try {
        ports.add(AdminPort.at(admin));
      } catch (IllegalArgumentException e) {
        errors.add(new ConfigurationError("ADMIN", String.valueOf(e.getMessage())));
      }
    }
    if (!errors.isEmpty()) {
      throw new ConfigurationException(errors);
    }
    return ports;
  }

  private static String ownAddress(Map<String, String> variables) throws ConfigurationException {
    try {
      return ExplainCommand.authority(settings(variables));
    } catch (UnknownHostException e) {
      throw new ConfigurationException(
          new ConfigurationError(
              Variable.ADMIN_HOST, ErrorText.of(e) + " (expected: a host's name or address)"));
    }
  }
}
