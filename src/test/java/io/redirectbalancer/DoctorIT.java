package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check of a setting, as a process of its own. */
class DoctorIT {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);

  @Test
  void knowsTheBalancerThatRunsAlready() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.start(Map.of("WARM_UP_SECONDS", "0"));
        BalancerProcess doctor =
            BalancerProcess.run(
                Map.of(
                    "CDN_HOST", "127.0.0.1:1",
                    "PORT", String.valueOf(balancer.port()),
                    "ADMIN_PORT", String.valueOf(balancer.adminPort())),
                "doctor")) {
      assertThat(doctor.awaitExit(EXIT_LIMIT)).isEqualTo(1);
      assertThat(doctor.stdout())
          .contains(
              "ok   port          PORT %d is in use by process %d, a redirect-balancer that runs already"
                  .formatted(balancer.port(), balancer.pid()))
          .anyMatch(line -> line.startsWith("FAIL cdn           127.0.0.1:1: connection refused"));
      assertThat(doctor.stderr()).isEmpty();
    }
  }

  @Test
  void checksAnEdgeOfABalancerThatRuns() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.start(Map.of("WARM_UP_SECONDS", "0"));
        BalancerProcess doctor =
            BalancerProcess.run(
                Map.of(
                    "BALANCER_TARGET", "127.0.0.1:" + balancer.port(),
                    "PORT", "0",
                    "ADMIN_PORT", "0"),
                "doctor",
                "edge")) {
      int code = doctor.awaitExit(EXIT_LIMIT);
      assertThat(doctor.stdout())
          .contains("ok   balancer      127.0.0.1:%d serves".formatted(balancer.port()));
      assertThat(code).isZero();
    }
  }

  @Test
  void withoutADatabaseNothingOfItIsLoaded(@TempDir Path folder) throws Exception {
    Path classes = folder.resolve("classes");
    try (BalancerProcess doctor =
        BalancerProcess.run(
            Map.of(
                "JAVA_TOOL_OPTIONS", "-Xlog:class+load=info:file=" + classes,
                "CDN_HOST", "127.0.0.1:1",
                "PORT", "0",
                "ADMIN_PORT", "0"),
            "doctor")) {
      assertThat(doctor.awaitExit(EXIT_LIMIT)).isEqualTo(1);
    }
    List<String> loaded = Files.readAllLines(classes);
    assertThat(loaded).anyMatch(line -> line.contains(".doctor.CdnChecks "));
    assertThat(loaded)
        .noneMatch(
            line ->
                line.contains(" io.redirectbalancer.control.")
                    || line.contains(" io.redirectbalancer.doctor.ControlChecks ")
                    || line.contains(" com.zaxxer.")
                    || line.contains(" org.flywaydb.")
                    || line.contains(" org.h2.")
                    || line.contains(" redis.clients."));
  }
}
