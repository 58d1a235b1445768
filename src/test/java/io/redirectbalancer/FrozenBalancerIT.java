package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.CallSettings;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.StaticHosts;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A balancer whose process is stopped by a signal: its port stays open, but nothing comes. */
class FrozenBalancerIT {
  private static final String VIDEO = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";
  private static final CallSettings HASTY =
      CallSettings.DEFAULT.withDeadline(Duration.ofMillis(300));
  private static final CallSettings PATIENT =
      CallSettings.DEFAULT.withDeadline(Duration.ofSeconds(20));

  @Test
  void costsFewCallsWithLittleTimeAndIsBackOnceItGoesOn() throws Exception {
    try (BalancerProcess frozen = BalancerProcess.start(Map.of("INSTANCE_NAME", "frozen"));
        BalancerProcess other = BalancerProcess.start(Map.of("INSTANCE_NAME", "other"));
        RedirectClient client = client(frozen, other)) {
      awaitAnswerFrom(client, "frozen");
      awaitAnswerFrom(client, "other");

      signal("STOP", frozen);
      int lost = 0;
      for (int i = 0; i < 30; i++) {
        lost += isLost(client) ? 1 : 0;
      }
      // It takes one time-out to suspect it.
      assertThat(lost).isBetween(1, 4);

      signal("CONT", frozen);
      awaitAnswerFrom(client, "frozen");
    }
  }

  private static RedirectClient client(BalancerProcess one, BalancerProcess other) {
    String hosts = "fleet=127.0.0.1:" + one.port() + "|127.0.0.1:" + other.port();
    return RedirectClient.create(
        "static:///fleet",
        RedirectClientOptions.builder().staticHosts(StaticHosts.parse(hosts)).build());
  }

  private static boolean isLost(RedirectClient client) {
    try {
      return client.redirect(VIDEO, HASTY).fallback();
    } catch (StatusRuntimeException e) {
      return true;
    }
  }

  private static void awaitAnswerFrom(RedirectClient client, String name) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> client.redirect(VIDEO, PATIENT).server().orElseThrow().equals(name));
  }

  private static void signal(String name, BalancerProcess process)
      throws IOException, InterruptedException {
    String[] kill = {"kill", "-" + name, String.valueOf(process.pid())};
    assertThat(new ProcessBuilder(kill).start().waitFor()).isZero();
  }
}
