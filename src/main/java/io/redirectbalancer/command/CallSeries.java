package io.redirectbalancer.command;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.BalancingPolicy;
import io.redirectbalancer.client.RedirectAnswer;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.config.ConfigurationException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Calls one after another: prints each answer with the server that gave it, then how many each
 * server gave.
 */
record CallSeries(String target, RedirectClientOptions.Builder options, PrintStream out) {
  private static final int COMPARED_CALLS = 10;

  /** 10 calls with each policy; returns whether all were answered. */
  boolean compare(String url) throws ConfigurationException {
    boolean complete = true;
    for (BalancingPolicy policy : BalancingPolicy.values()) {
      out.println(policy + ":");
      options.policy(policy);
      complete &= run(url, COMPARED_CALLS);
    }
    return complete;
  }

  /** So many calls; returns whether all were answered. */
  boolean run(String url, int count) throws ConfigurationException {
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
          failures++;
          Status status = e.getStatus();
          out.println("failed with " + status.getCode() + ": " + status.getDescription());
        }
      }
    }
    out.println("calls: " + count + ", failed: " + failures);
    answers.forEach((server, times) -> out.println("  " + times + " from " + server));
    return failures == 0;
  }

  private RedirectClient connect() throws ConfigurationException {
    try {
      return RedirectClient.create(target, options.build());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(List.of("target: " + e.getMessage()));
    }
  }
}
