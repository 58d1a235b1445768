package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The call command as users run it. */
class CallIT {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);
  private static final String VIDEO = "http://s1.origin-cluster/video/1/a.m3u8";
  private static final String TARGET = "static:///lb.example.grpc.io";

  @Test
  void showsWhoAnsweredAndASummaryByServer() throws Exception {
    try (BalancerProcess a = balancer("a");
        BalancerProcess b = balancer("b");
        BalancerProcess roundRobin =
            call(
                hosts(a, b), "--target", TARGET, "--policy", "round_robin", "--count", "4", VIDEO);
        BalancerProcess compare = call(hosts(a, b), "--target", TARGET, "--compare", VIDEO)) {
      assertThat(roundRobin.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(roundRobin.stdout()).hasSize(4 + 3);
      assertThat(roundRobin.stdout().get(0))
          .startsWith("http://cdn.example.com/s1/video/1/a.m3u8 from ");
      assertThat(roundRobin.stdout().get(0)).isEqualTo(roundRobin.stdout().get(2));
      assertThat(roundRobin.stdout().get(1)).isEqualTo(roundRobin.stdout().get(3));
      assertThat(roundRobin.stdout().subList(4, 7))
          .containsExactly("calls: 4, failed: 0", "  2 from a", "  2 from b");

      assertThat(compare.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(compare.stdout()).contains("pick_first:", "round_robin:");
      List<String> summaries =
          compare.stdout().stream().filter(line -> line.startsWith("  ")).toList();
      assertThat(summaries).hasSize(3).contains("  5 from a", "  5 from b");
      assertThat(summaries.get(0)).startsWith("  10 from ");
    }
  }

  @Test
  void aUrlThatIsRejectedIsOneLineAndExitCode2AsWithExplain() throws Exception {
    String invalid = "ftp://s1.origin-cluster/a";
    try (BalancerProcess a = balancer("a")) {
      Map<String, String> variables =
          Map.of(
              "BALANCER_TARGET",
              "127.0.0.1:" + a.port(),
              "CALL_DEADLINE_MS",
              "30000",
              "ADMIN_PORT",
              String.valueOf(a.adminPort()));
      List<String[]> commands =
          List.of(
              new String[] {"call", "--count", "3", invalid},
              new String[] {"call", "--compare", invalid},
              new String[] {"explain", invalid});
      for (String[] command : commands) {
        try (BalancerProcess asked = BalancerProcess.run(variables, command)) {
          assertThat(asked.awaitExit(EXIT_LIMIT)).isEqualTo(2);
          assertThat(asked.stdout()).allMatch(line -> line.equals("pick_first:"));
          assertThat(asked.stderr())
              .singleElement()
              .asString()
              .startsWith("invalid video URL (scheme): ");
        }
      }
    }
  }

  @Test
  void aUrlThatIsRejectedIsSoWithoutABalancer() throws Exception {
    String invalid = "ftp://s1.origin-cluster/a";
    try (BalancerProcess call = call(Map.of(), "--target", "127.0.0.1:1", invalid);
        BalancerProcess explain =
            BalancerProcess.run(Map.of("ADMIN_PORT", "1"), "explain", invalid)) {
      for (BalancerProcess command : List.of(call, explain)) {
        assertThat(command.awaitExit(EXIT_LIMIT)).isEqualTo(2);
        assertThat(command.stderr())
            .singleElement()
            .asString()
            .startsWith("invalid video URL (scheme): ");
      }
    }
  }

  @Test
  void failuresAreSaidInTheUsersTerms() throws Exception {
    Map<String, String> variables = Map.of("CALL_DEADLINE_MS", "10000");
    try (BalancerProcess unreachable = call(variables, "--target", "127.0.0.1:1", VIDEO);
        BalancerProcess unknown = call(variables, "--target", "nosuch.invalid:1", VIDEO);
        BalancerProcess explain =
            BalancerProcess.run(Map.of("ADMIN_PORT", "1"), "explain", VIDEO)) {
      assertThat(unreachable.awaitExit(EXIT_LIMIT)).isEqualTo(1);
      assertThat(unreachable.stdout())
          .containsExactly(
              "failed with DEADLINE_EXCEEDED: no balancer available within 10000 ms:"
                  + " connection refused: 127.0.0.1:1",
              "calls: 1, failed: 1");
      assertThat(unreachable.stderr()).isEmpty();

      assertThat(unknown.awaitExit(EXIT_LIMIT)).isEqualTo(1);
      assertThat(unknown.stdout())
          .hasSize(2)
          .first()
          .asString()
          .startsWith("failed with DEADLINE_EXCEEDED: no balancer available within 10000 ms: ")
          .doesNotContain("Exception", "java.", "Status");
      assertThat(unknown.stderr()).isEmpty();

      assertThat(explain.awaitExit(EXIT_LIMIT)).isEqualTo(1);
      assertThat(explain.stderr())
          .containsExactly(
              "no answer from 127.0.0.1:1: connection refused"
                  + " (expected: a balancer that runs there; ADMIN_HOST and ADMIN_PORT say where)");
    }
  }

  @Test
  void aVariableThatLooksLikeOneOfOursIsNamed() throws Exception {
    try (BalancerProcess call =
        call(Map.of("RETRY_ATTEMPT", "1", "CALL_DEADLINE_MS", "1"), "--target", "a:1", VIDEO)) {
      assertThat(call.awaitExit(EXIT_LIMIT)).isEqualTo(1);
      assertThat(call.stderr())
          .containsExactly(
              "\"RETRY_ATTEMPT\" is set, but no command reads it; did you mean RETRY_ATTEMPTS?");
    }
  }

  @Test
  void errorsAreSaidInALineEach() throws Exception {
    try (BalancerProcess call = call(Map.of("RETRY_ATTEMPTS", "0"), "--count", "0", VIDEO)) {
      assertThat(call.awaitExit(EXIT_LIMIT)).isEqualTo(2);
      assertThat(call.stderr())
          .containsExactly(
              "RETRY_ATTEMPTS: \"0\" (expected: a whole number from 1 to 100)",
              "--target, BALANCER_TARGET: not set"
                  + " (expected: the balancers: host:port, dns:///host:port or static:///name)",
              "--count: 0 (expected: a whole number from 1 on)");
    }
    try (BalancerProcess call = call(Map.of(), "--target", "static://a/b", VIDEO)) {
      assertThat(call.awaitExit(EXIT_LIMIT)).isEqualTo(2);
      assertThat(call.stderr())
          .containsExactly(
              "BALANCER_TARGET: \"static://a/b\""
                  + " (expected: host:port, dns:///host:port, or static:///name with STATIC_HOSTS)");
    }
  }

  @Test
  void verboseLogsWhatGrpcDoes() throws Exception {
    try (BalancerProcess a = balancer("a");
        BalancerProcess call = call(hosts(a), "--target", TARGET, "--verbose", VIDEO)) {
      assertThat(call.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(call.stdout()).hasSize(3);
      assertThat(String.join("\n", call.stderr()))
          .contains("Entering READY state", "OUTBOUND HEADERS", "io.grpc.ChannelLogger");
    }
  }

  private static BalancerProcess balancer(String name) throws IOException {
    return BalancerProcess.start(
        Map.of("INSTANCE_NAME", name, "ORIGIN_EVERY", "0", "WARM_UP_SECONDS", "0"));
  }

  private static BalancerProcess call(Map<String, String> variables, String... arguments)
      throws IOException {
    String[] all = new String[arguments.length + 1];
    all[0] = "call";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return BalancerProcess.run(variables, all);
  }

  private static Map<String, String> hosts(BalancerProcess... balancers) {
    List<String> servers =
        List.of(balancers).stream().map(balancer -> "localhost:" + balancer.port()).toList();
    return Map.of("STATIC_HOSTS", "lb.example.grpc.io=" + String.join("|", servers));
  }
}
