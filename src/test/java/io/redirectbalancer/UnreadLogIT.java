package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Logs that nobody reads stop neither calls nor the end. */
class UnreadLogIT {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);

  /** A line of the log is longer still: after some 280 calls the pipe and the queue are full. */
  private static final String VIDEO = "http://s1.origin-cluster/" + "a".repeat(4000);

  private static final int CALLS = 400;

  @Test
  void aFullPipeDropsLinesOnly() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.startUnread(Map.of("LOG_LEVEL", "debug"))) {
      call(balancer, CALLS);

      assertThat(droppedLines(balancer)).isPositive().isLessThan(CALLS);
      assertThat(get(balancer, "/healthz")).isEqualTo("ok\n");
      balancer.terminate();
      assertThat(balancer.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(balancer.stderr()).isEmpty();
    }
  }

  @Test
  void aClosedPipeDropsLinesOnly() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.startUnread(Map.of("LOG_LEVEL", "debug"))) {
      balancer.closeStdout();
      call(balancer, 10);

      await().until(() -> droppedLines(balancer) > 0);
      balancer.terminate();
      assertThat(balancer.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(balancer.stderr()).isEmpty();
    }
  }

  @Test
  void noLineIsDroppedWhereTheyAreRead() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.start(Map.of("LOG_LEVEL", "debug"))) {
      call(balancer, CALLS);

      assertThat(droppedLines(balancer)).isZero();
      balancer.terminate();
      assertThat(balancer.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(balancer.stdout().stream().filter(line -> line.contains("redirected to")))
          .hasSize(CALLS);
      assertThat(balancer.stdout().get(balancer.stdout().size() - 1)).contains("\"stopped\"");
    }
  }

  private static void call(BalancerProcess balancer, int calls) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", balancer.port()).usePlaintext().build();
    try {
      var stub = loadBalancerGrpc.newBlockingStub(channel);
      for (int i = 0; i < calls; i++) {
        var answer =
            stub.withDeadlineAfter(20, TimeUnit.SECONDS)
                .redirect(Request.newBuilder().setVideo(VIDEO).build());
        assertThat(answer.getRedirect()).isNotEmpty();
      }
    } finally {
      channel.shutdownNow();
    }
  }

  private static double droppedLines(BalancerProcess balancer) throws Exception {
    return Scrape.parse(get(balancer, "/metrics")).sum("log_lines_dropped_total");
  }

  private static String get(BalancerProcess balancer, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + balancer.adminPort() + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
        .body();
  }
}
