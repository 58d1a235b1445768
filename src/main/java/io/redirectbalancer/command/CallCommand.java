package io.redirectbalancer.command;

import io.redirectbalancer.client.BalancingPolicy;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProcessInput;
import io.redirectbalancer.config.Variable;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks balancers for a video and shows which of them answered. */
@Command(
    name = "call",
    description = "Asks balancers where to fetch a video from, and shows which of them answered.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class CallCommand implements Callable<Integer> {
  @Option(names = "--target", description = "The balancers, in place of BALANCER_TARGET.")
  private @Nullable String target;

  @Option(
      names = "--policy",
      description = "pick_first or round_robin, in place of BALANCER_POLICY.")
  private @Nullable BalancingPolicy policy;

  @Option(names = "--count", defaultValue = "1", description = "Calls, one after another.")
  private int count;

  @Option(names = "--compare", description = "10 calls with each policy, under a heading each.")
  private boolean compare;

  @Option(
      names = "--verbose",
      description = "Log what gRPC does with channels and connections, as with GRPC_VERBOSE=on.")
  private boolean verbose;

  @Parameters(paramLabel = "URL", description = "The video's origin URL.")
  private String url = "";

  @Override
  public Integer call() throws ConfigurationException {
    return call(ProcessInput.environment());
  }

  /** Makes the calls and returns the exit code. */
  int call(Map<String, String> variables) throws ConfigurationException {
    var environment = new Environment(Variable.Reader.CALL, withOptions(variables));
    var client = ClientSettings.read(environment);
    var log = LogSettings.read(environment);
    var grpcVerbose = environment.readSwitch(Variable.GRPC_VERBOSE);
    if (!environment.isSet(Variable.BALANCER_TARGET)) {
      environment.addError(
          new ConfigurationError(
              "--target, BALANCER_TARGET",
              "not set (expected: " + Variable.BALANCER_TARGET.meaning() + ")"));
    }
    if (count < 1) {
      environment.addError(
          new ConfigurationError("--count", count + " (expected: a whole number from 1 on)"));
    }
    environment.throwIfInvalid();
    StandardError.print(LookAlikes.warnings(variables));
    Logging.toStandardError(log.get(), verbose || grpcVerbose.get());
    ClientSettings settings = client.get();
    var options = settings.options();
    BalancerTls.of(settings.tls())
        .ifPresent(tls -> options.credentials(tls.credentials(), tls.hasCertificate()));
    var calls = new CallSeries(settings.target().orElseThrow(), options, System.out);
    return compare ? calls.compare(url) : calls.run(url, count);
  }

  private Map<String, String> withOptions(Map<String, String> variables) {
    Map<String, String> all = new HashMap<>(variables);
    if (target != null) {
      all.put(Variable.BALANCER_TARGET.name(), target);
    }
    if (policy != null) {
      all.put(Variable.BALANCER_POLICY.name(), policy.name());
    }
    return all;
  }
}
