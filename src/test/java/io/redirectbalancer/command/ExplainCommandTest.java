package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.config.AdminSettings;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExplainCommandTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1:2112",
    "0.0.0.0, 127.0.0.1:2112",
    "'::', 127.0.0.1:2112",
    "[::], 127.0.0.1:2112",
    "[0:0:0:0:0:0:0:0], 127.0.0.1:2112",
    "'::1', [0:0:0:0:0:0:0:1]:2112",
    "[::1], [0:0:0:0:0:0:0:1]:2112",
    "fe80::1%7, [fe80:0:0:0:0:0:0:1%7]:2112",
    "[fe80::1%7], [fe80:0:0:0:0:0:0:1%7]:2112"
  })
  void asksWhereTheBalancerListens(String host, String authority) throws UnknownHostException {
    assertThat(ExplainCommand.authority(new AdminSettings(host, 2112, Optional.empty())))
        .isEqualTo(authority);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "0.0.0.0", "::", "[::]", "::1", "[::1]", "[::1%1]"})
  void theBalancerThatListensThereAnswers(String host) throws Exception {
    assumeTrue(
        !host.contains(":")
            || NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .anyMatch(address -> address.getHostAddress().startsWith("0:0:0:0:0:0:0:1")));
    try (AdminServer admin = admin(host)) {
      URI uri =
          URI.create(
              "http://%s/"
                  .formatted(
                      ExplainCommand.authority(
                          new AdminSettings(host, admin.port(), Optional.empty()))));

      assertThat(
              HttpClient.newHttpClient()
                  .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                  .statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void aHostThatIsNoneIsSaid() {
    assertThatExceptionOfType(UnknownHostException.class)
        .isThrownBy(
            () ->
                ExplainCommand.authority(
                    new AdminSettings("no such host", 2112, Optional.empty())));
  }

  private static AdminServer admin(String host) throws IOException {
    return new AdminServer(host, 0, Optional.empty(), Map.of(), new SimpleMeterRegistry());
  }
}
