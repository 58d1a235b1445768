package io.redirectbalancer.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.redirectbalancer.Scrape;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  @Test
  void callsTheThrowawayServerManyTimesAndNoOther() throws Exception {
    try (RunningServer throwaway = RunningServer.start();
        RunningServer server = RunningServer.start()) {
      throwaway.grpc().warmUp(Duration.ofSeconds(5));

      // Calls that were under way may still begin after the time is up.
      Scrape scrape =
          await()
              .until(
                  throwaway::scrape,
                  s -> s.sum("grpc_server_started_total") == s.sum("grpc_server_handled_total"));
      assertThat(scrape.sum("grpc_server_started_total")).isGreaterThan(100);
      assertThat(throwaway.handled("unary", RunningServer.REDIRECT, "OK")).isGreaterThan(50);
      assertThat(throwaway.handled("unary", RunningServer.REDIRECT, "InvalidArgument"))
          .isGreaterThan(30);
      double ended = throwaway.scrape().sum("grpc_server_handled_total");
      assertThat(
              throwaway.handled("unary", RunningServer.REDIRECT, "OK")
                  + throwaway.handled("unary", RunningServer.REDIRECT, "InvalidArgument"))
          .as("all but those that were under way when the time was up")
          .isBetween(ended - 64, ended);
      assertThat(server.scrape().sum("grpc_server_started_total")).isZero();
    }
  }

  @Test
  void callsNobodyOnceTheTimeIsUp() throws Exception {
    try (RunningServer throwaway = RunningServer.start()) {
      throwaway.grpc().warmUp(Duration.ofNanos(-1));

      assertThat(throwaway.scrape().sum("grpc_server_started_total")).isZero();
    }
  }

  @Test
  void waitsForNobodyOnceTheTimeIsUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      assertThatCode(() -> WarmUp.run(silent.getLocalPort(), Duration.ofMillis(50)))
          .doesNotThrowAnyException();
    }
  }
}
