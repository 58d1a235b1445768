package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.redirectbalancer.json.JsonObject;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watches a balancer that runs, and one that does not. */
class TopIT {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);
  private static final Map<String, String> VARIABLES =
      Map.of("CDN_HOST", "fast@cdn-a.example.com=3,slow@cdn-b.example.com", "WARM_UP_SECONDS", "0");

  @Test
  void showsOneSecond() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.start(VARIABLES);
        BalancerProcess text = top(balancer, "--once", "127.0.0.1:1");
        BalancerProcess json = top(balancer, "--once", "--json")) {
      assertThat(text.awaitExit(EXIT_LIMIT)).isEqualTo(1);
      assertThat(text.stdout())
          .anyMatch(line -> line.matches("127.0.0.1:" + balancer.adminPort() + " +ok +0\\.0 .*"))
          .contains("127.0.0.1:1       NO ANSWER: connection refused")
          .anyMatch(line -> line.matches("fast +67\\.5 % +- +0\\.0 not probed"));
      assertThat(text.stderr()).isEmpty();

      assertThat(json.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(JsonObject.parse(String.join("\n", json.stdout()))).containsKey("targets");
    }
  }

  @Test
  void printsLinesWhereThereIsNoTerminal() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.start(VARIABLES);
        BalancerProcess lines = top(balancer)) {
      await()
          .atMost(EXIT_LIMIT)
          .until(
              () -> lines.stdout().stream().filter(line -> line.contains(" calls/s=")).count() > 1);
      assertThat(lines.stdout()).allMatch(line -> line.startsWith("20") && !line.contains("\033"));
    }
  }

  /** By script(1), which gives it a terminal. */
  @Test
  void leavesTheTerminalAsItWas(@TempDir Path folder) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")));
    Path screen = folder.resolve("screen");
    try (BalancerProcess balancer = BalancerProcess.start(VARIABLES)) {
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      String command =
          "stty rows 24 cols 80; stty -g > %s; %s -jar target/redirect-balancer.jar top 127.0.0.1:%d; echo code $?; stty -g > %s"
              .formatted(
                  folder.resolve("before"), java, balancer.adminPort(), folder.resolve("after"));
      Process process =
          new ProcessBuilder("/usr/bin/script", "-qfec", command, "/dev/null")
              .redirectOutput(screen.toFile())
              .redirectErrorStream(true)
              .start();
      try (OutputStream keys = process.getOutputStream()) {
        await().atMost(EXIT_LIMIT).until(() -> Files.readString(screen).contains("TARGET"));
        keys.write("xq".getBytes(StandardCharsets.US_ASCII));
        keys.flush();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.destroyForcibly();
      }
      assertThat(Files.readString(screen))
          .contains("\033[?1049h", "redirect-balancer top", "q ends")
          .containsPattern("\033\\[\\?25h\033\\[\\?1049l\\s*code 0");
      assertThat(folder.resolve("after")).hasSameTextualContentAs(folder.resolve("before"));
    }
  }

  private static BalancerProcess top(BalancerProcess balancer, String... arguments)
      throws Exception {
    String[] all = new String[arguments.length + 2];
    all[0] = "top";
    all[1] = "127.0.0.1:" + balancer.adminPort();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return BalancerProcess.run(Map.of(), all);
  }
}
