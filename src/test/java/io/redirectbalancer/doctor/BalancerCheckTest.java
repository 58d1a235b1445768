package io.redirectbalancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.InsecureChannelCredentials;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.redirectbalancer.doctor.BalancerCheck.Balancer;
import io.redirectbalancer.doctor.Finding.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;

class BalancerCheckTest {
  private final BalancerCheck check = new BalancerCheck(InsecureChannelCredentials.create(), false);

  @Test
  void asksForABalancersHealth() throws Exception {
    HealthStatusManager health = new HealthStatusManager();
    Server server =
        NettyServerBuilder.forAddress(address(0)).addService(health.getHealthService()).build();
    server.start();
    try {
      assertThat(check.run(List.of(balancer(server.getPort()))))
          .containsExactly(
              Finding.ok("balancer", "localhost:" + server.getPort() + " (127.0.0.1) serves"));
      health.setStatus("", ServingStatus.NOT_SERVING);
      assertThat(check.run(List.of(balancer(server.getPort()))))
          .extracting(Finding::level)
          .containsExactly(Level.FAIL);
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void saysWhyThereIsNone() throws Exception {
    try (ServerSocket frozen = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      assertThat(check.run(List.of(balancer(1), balancer(frozen.getLocalPort()))))
          .extracting(Finding::text)
          .containsExactly(
              "localhost:1 (127.0.0.1): connection refused",
              "localhost:" + frozen.getLocalPort() + " (127.0.0.1): no answer within 5 s");
    }
  }

  private static Balancer balancer(int port) {
    return new Balancer("localhost:" + port, address(port));
  }

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
