package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The admin port of a balancer that has run out of file descriptors. */
@EnabledOnOs(OS.LINUX)
class AdminDescriptorsIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Test
  void acceptsOnceASecondWithoutDescriptorsAndRecoversByItself() throws Exception {
    List<Socket> clients = new ArrayList<>();
    try (BalancerProcess balancer = BalancerProcess.start(Map.of("WARM_UP_SECONDS", "0"))) {
      allowDescriptors(balancer, used(balancer) + 2);
      for (int i = 0; i < 20; i++) {
        clients.add(new Socket(InetAddress.getLoopbackAddress(), balancer.adminPort()));
      }
      await().atMost(LIMIT).until(() -> failedAccepts(balancer) >= 3);
      allowDescriptors(balancer, 4096);

      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + balancer.adminPort() + "/healthz"))
              .timeout(LIMIT)
              .build();
      assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body())
          .isEqualTo("ok\n");
      // Trying again at once would have been thousands of times.
      assertThat(failedAccepts(balancer)).isLessThan(100);
      assertThat(balancer.stdout()).noneMatch(line -> line.contains("stack_trace"));
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private static long failedAccepts(BalancerProcess balancer) {
    return balancer.stdout().stream().filter(line -> line.contains("cannot accept")).count();
  }

  private static long used(BalancerProcess balancer) throws IOException {
    try (Stream<Path> descriptors =
        Files.list(Path.of("/proc", Long.toString(balancer.pid()), "fd"))) {
      return descriptors.count();
    }
  }

  /** Sets the soft limit. */
  private static void allowDescriptors(BalancerProcess balancer, long number) throws Exception {
    Process prlimit =
        new ProcessBuilder("prlimit", "--pid=" + balancer.pid(), "--nofile=" + number + ":")
            .inheritIO()
            .start();
    assertThat(prlimit.waitFor()).isZero();
  }
}
