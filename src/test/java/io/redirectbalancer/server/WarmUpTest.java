package io.redirectbalancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  @Test
  void callsTheThrowawayServerThousandsOfTimesAndNoOther() throws Exception {
    try (RunningServer throwaway = RunningServer.start();
        RunningServer server = RunningServer.start()) {
      throwaway.grpc().warmUp(Duration.ofMillis(1));

      assertThat(throwaway.scrape().sum("grpc_server_started_total")).isGreaterThan(4000);
      throwaway.awaitHandled((int) throwaway.scrape().sum("grpc_server_started_total"));
      assertThat(throwaway.handled("unary", RunningServer.REDIRECT, "OK")).isGreaterThan(2000);
      assertThat(throwaway.handled("unary", RunningServer.REDIRECT, "InvalidArgument"))
          .isGreaterThan(1000);
      assertThat(throwaway.scrape().sum("grpc_server_handled_total"))
          .isEqualTo(
              throwaway.handled("unary", RunningServer.REDIRECT, "OK")
                  + throwaway.handled("unary", RunningServer.REDIRECT, "InvalidArgument"));
      assertThat(server.scrape().sum("grpc_server_started_total")).isZero();
    }
  }
}
