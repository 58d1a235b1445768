package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.command.FailingStart;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A start that fails is one line and an exit code that says so. */
class FailedStartIT {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);

  @ParameterizedTest
  @CsvSource({
    "exception, failed: something odd",
    "error, failed: no further thread can be started (expected: a higher ulimit -u or pids limit)",
  })
  void endsWith1WhenItFailsAfterThePortsListen(String how, String line) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                "target/test-classes:target/redirect-balancer.jar",
                FailingStart.class.getName(),
                how)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(EXIT_LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(1);
      assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo(line + "\n");
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "--version"})
  void endsWith1WhereStandardOutputCannotBeWritten(String option) throws Exception {
    try (BalancerProcess full =
        BalancerProcess.runInShell("exec \"$@\" >/dev/full", Map.of(), option)) {
      assertThat(full.awaitExit(EXIT_LIMIT)).isEqualTo(1);
      assertThat(full.stderr()).containsExactly("failed: standard output cannot be written");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 40, 60, 127})
  void endsWith1WhereFewFilesMayBeOpen(int limit) throws Exception {
    String script = "ulimit -n " + limit + " && exec \"$@\"";
    Map<String, String> variables =
        Map.of("CDN_HOST", "cdn.example.com", "PORT", "0", "ADMIN_PORT", "0");
    for (String[] arguments : List.of(new String[0], new String[] {"edge"})) {
      try (BalancerProcess start = BalancerProcess.runInShell(script, variables, arguments)) {
        assertThat(start.awaitExit(EXIT_LIMIT)).isEqualTo(1);
        assertThat(start.stderr())
            .containsExactly(
                "failed: at most " + limit + " open files (expected: ulimit -n of 128 at least)");
        assertThat(start.stdout()).isEmpty();
      }
    }
  }

  @Test
  void endsWith2WhenTheVariableThatIsMissingIsMistyped() throws Exception {
    for (String[] arguments : List.of(new String[0], new String[] {"serve"})) {
      try (BalancerProcess start = BalancerProcess.run(Map.of("CDN_HOSTS", "a"), arguments)) {
        assertThat(start.awaitExit(EXIT_LIMIT)).isEqualTo(2);
        assertThat(start.stderr())
            .hasSize(2)
            .element(1)
            .isEqualTo("\"CDN_HOSTS\" is set, but no command reads it; did you mean CDN_HOST?");
      }
    }
  }

  @Test
  void endsEvenIfNobodyReadsWhatItSays() throws Exception {
    String fullPipe = "head -c 65536 /dev/zero >&2; exec \"$@\"";
    ProcessBuilder start =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                fullPipe,
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                Path.of("target", "redirect-balancer.jar").toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    start.environment().remove("CDN_HOST");
    Process process = start.start();
    try {
      assertThat(process.waitFor(EXIT_LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(2);
    } finally {
      process.destroyForcibly();
    }
  }
}
