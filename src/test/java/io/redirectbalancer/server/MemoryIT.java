package io.redirectbalancer.server;

import static io.redirectbalancer.server.RunningServer.REDIRECT;
import static io.redirectbalancer.server.RunningServer.VIDEO;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redirectbalancer.BalancerProcess;
import io.redirectbalancer.Scrape;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A balancer whose clients hold more memory than Netty has for buffers. */
class MemoryIT {
  private static final int ATTACKERS = 200;

  /** As much as a connection may send before it has to wait for the balancer. */
  private static final int CALLS = 5;

  private static final int MESSAGE_BYTES = 12_000;

  @Test
  void unfinishedRequestsCloseTheirConnectionsAndNobodyElsesCallFails() throws Exception {
    Map<String, String> variables =
        Map.of(
            "JDK_JAVA_OPTIONS",
            "-Dio.grpc.netty.shaded.io.netty.maxDirectMemory=" + (8 << 20),
            "ORIGIN_DOMAINS",
            "origin-cluster");
    List<RawHttp2> attackers = new ArrayList<>();
    try (BalancerProcess balancer = BalancerProcess.start(variables)) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", balancer.port()).usePlaintext().build();
      try {
        for (int i = 0; i < ATTACKERS; i++) {
          attackers.add(attack(balancer.port()));
          assertThat(redirect(channel)).endsWith("/video/123/xcg2djHckad.m3u8");
        }

        Scrape scrape = scrape(balancer);
        assertThat(scrape.sum("connections_overload_closed_total")).isPositive();
        assertThat(scrape.sum("netty_direct_memory_used_bytes")).isLessThanOrEqualTo(8 << 20);
        assertThat(balancer.stdout())
            .hasSizeLessThan(50)
            .noneMatch(line -> line.contains("error.stack_trace"));
        assertThat(balancer.stdout()).anyMatch(line -> line.contains("memory is scarce"));
      } finally {
        channel.shutdownNow();
      }
      assertThat(balancer.isAlive()).isTrue();
    } finally {
      for (RawHttp2 attacker : attackers) {
        attacker.close();
      }
    }
  }

  /** A connection with requests that lack their last byte. */
  private static RawHttp2 attack(int port) throws IOException {
    RawHttp2 client = RawHttp2.connect(port);
    try {
      for (int i = 0; i < CALLS; i++) {
        client.startCall(2 * i + 1, REDIRECT, Map.of());
        client.sendUnfinished(2 * i + 1, MESSAGE_BYTES);
      }
    } catch (IOException e) {
      // Closed by the balancer meanwhile, as it should be.
    }
    return client;
  }

  private static String redirect(ManagedChannel channel) {
    return loadBalancerGrpc
        .newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .redirect(Request.newBuilder().setVideo(VIDEO).build())
        .getRedirect();
  }

  private static Scrape scrape(BalancerProcess balancer) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + balancer.adminPort() + "/metrics");
    return Scrape.parse(
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
            .body());
  }
}
