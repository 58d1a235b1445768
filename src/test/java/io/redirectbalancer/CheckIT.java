package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log of URLs is checked, offline and against a balancer that runs. */
class CheckIT {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);

  @Test
  void comparesALogWithARunningBalancer(@TempDir Path folder) throws Exception {
    Path log = folder.resolve("urls.txt");
    Files.writeString(
        log, "http://s1.origin-cluster/a.m3u8\n".repeat(50) + "http://s1.elsewhere/a.m3u8\n");
    Map<String, String> running =
        Map.of("CDN_HOST", "fast@cdn-a.example.com", "ORIGIN_DOMAINS", "origin-cluster");
    try (BalancerProcess balancer = BalancerProcess.start(running);
        BalancerProcess alike = against(balancer, running, log);
        BalancerProcess laxer =
            against(balancer, Map.of("CDN_HOST", "fast@cdn-b.example.com"), log)) {
      assertThat(alike.awaitExit(EXIT_LIMIT)).isEqualTo(1);
      assertThat(alike.stdout()).first().isEqualTo("51 URLs: 50 accepted, 1 rejected");
      assertThat(alike.stderr()).isEmpty();
      assertThat(alike.stdout())
          .contains("Compared with the other server: 50 equal, 1 rejected by both, 0 different")
          .anyMatch(line -> line.startsWith("    line 51: invalid video URL (domain)"));

      assertThat(laxer.awaitExit(EXIT_LIMIT)).isEqualTo(1);
      assertThat(laxer.stdout())
          .contains("51 URLs: 51 accepted, 0 rejected")
          .contains("  rejected_there: 1")
          .anyMatch(line -> line.startsWith("Compared with the other server: "))
          .anyMatch(line -> line.contains("cdn-a.example.com"));
    }
  }

  @Test
  void saysInALineThatTheOtherServerGivesNoAnswer(@TempDir Path folder) throws Exception {
    Path log = folder.resolve("urls.txt");
    Files.writeString(log, "http://s1.origin-cluster/a.m3u8\n");
    try (BalancerProcess check =
        BalancerProcess.run(
            Map.of("CDN_HOST", "cdn.example.com"),
            "check",
            "--against",
            "127.0.0.1:1",
            log.toString())) {
      assertThat(check.awaitExit(EXIT_LIMIT)).isEqualTo(1);
      assertThat(check.stdout())
          .contains("  no_answer: 1")
          .contains(
              "    line 1: \"http://s1.origin-cluster/a.m3u8\": UNAVAILABLE: connection refused");
      assertThat(check.stderr()).isEmpty();
    }
  }

  private static BalancerProcess against(
      BalancerProcess balancer, Map<String, String> variables, Path log) throws Exception {
    return BalancerProcess.run(
        variables, "check", "--against", "127.0.0.1:" + balancer.port(), log.toString());
  }
}
