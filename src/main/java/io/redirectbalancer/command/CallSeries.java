package io.redirectbalancer.command;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.BalancingPolicy;
import io.redirectbalancer.client.RedirectAnswer;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Makes calls one after another: prints each answer with the server that gave it, then the number
 * of answers by server.
 */
record CallSeries(String target, RedirectClientOptions.Builder options, PrintStream out) {
  private static final int COMPARED_CALLS = 10;

  /** Makes 10 calls with each policy; returns the exit code. */
  int compare(String url) throws ConfigurationException {
    int worst = 0;
    for (BalancingPolicy policy : BalancingPolicy.values()) {
      out.println(policy + ":");
      options.policy(policy);
      int code = run(url, COMPARED_CALLS);
      if (code == Exit.WRONG_USAGE) {
        return code;
      }
      worst = Math.max(worst, code);
    }
    return worst;
  }

  /** Makes {@code count} calls, or one if the URL is rejected; returns the exit code. */
  int run(String url, int count) throws ConfigurationException {
    Map<String, Integer> answers = new TreeMap<>();
    int failures = 0;
    try (RedirectClient client = connect()) {
      for (int i = 0; i < count; i++) {
        try {
          RedirectAnswer answer = client.redirect(url);
          String server = answer.server().orElse("no balancer: fallback");
          out.println(answer.url() + " from " + server);
          answers.merge(server, 1, Integer::sum);
        } catch (StatusRuntimeException e) {
          Status status = e.getStatus();
          String why = Objects.requireNonNullElse(status.getDescription(), "no reason given");
          Optional<String> broken =
              status.getCode() == Status.Code.INVALID_ARGUMENT
                  ? Optional.of(why)
                  : InvalidUrl.of(url);
          if (broken.isPresent()) {
            StandardError.print(List.of(broken.get()));
            return Exit.WRONG_USAGE;
          }
          failures++;
          out.println("failed with " + status.getCode() + ": " + why);
        }
      }
    }
    out.println("calls: " + count + ", failed: " + failures);
    answers.forEach((server, times) -> out.println("  " + times + " from " + server));
    return failures == 0 ? 0 : Exit.FAILED;
  }

  private RedirectClient connect() throws ConfigurationException {
    try {
      return RedirectClient.create(target, options.build());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          new ConfigurationError("target", String.valueOf(e.getMessage())));
    }
  }
}
