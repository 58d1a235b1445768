package io.redirectbalancer.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminPortTest {
  private final HttpClient client = HttpClient.newHttpClient();

  @ParameterizedTest
  @CsvSource({
    "server:2112, server:2112",
    "server, server:2112",
    "127.0.0.1:80, 127.0.0.1:80",
    "[::1]:2112, [::1]:2112",
    "http://server:2112/, server:2112",
    "http://server, server",
    "https://server/balancer-1/, https://server/balancer-1",
  })
  void takesAddressesAndUrls(String address, String name) {
    assertThat(AdminPort.at(address).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "server:x", "ftp://server", "server/x", "u@server:1", ":80"})
  void rejectsOtherTexts(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdminPort.at(address))
        .withMessageEndingWith(" (expected: an admin port's host:port or URL)");
  }

  @Test
  void asksForMetricsHealthAndBreakers() throws IOException {
    HttpServer server =
        serve(
            Map.of(
                "/metrics", "process_start_time_seconds 1\nrouting_generation 3\n",
                "/healthz", "draining\n",
                "/breakers", "dns:///server:50051 open\n"));
    AdminPort port = ask("127.0.0.1:" + server.getAddress().getPort());
    server.stop(0);

    assertThat(port.error()).isEmpty();
    Reading reading = port.last().orElseThrow();
    assertThat(reading.value("routing_generation")).isEqualTo(3);
    assertThat(reading.health()).isEqualTo("draining");
    assertThat(reading.breakers()).containsExactly(Map.entry("dns:///server:50051", "open"));
  }

  @Test
  void saysWhyThereIsNoAnswer() throws IOException {
    HttpServer other = serve(Map.of("/metrics", "up 1\n", "/healthz", "", "/breakers", ""));
    HttpServer empty = serve(Map.of());
    try (ServerSocket frozen = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      assertThat(ask("127.0.0.1:1").error()).contains("connection refused");
      assertThat(ask("no.such.host.invalid").error()).contains("no such host");
      assertThat(ask("127.0.0.1:" + other.getAddress().getPort()).error())
          .contains("no metrics of a balancer or an edge there");
      assertThat(ask("127.0.0.1:" + empty.getAddress().getPort()).error())
          .contains("status 404 (expected: an admin port)");
      assertThat(ask("127.0.0.1:" + frozen.getLocalPort()).error())
          .contains("connected, but no answer: frozen?");
    } finally {
      other.stop(0);
      empty.stop(0);
    }
  }

  private AdminPort ask(String address) {
    AdminPort port = AdminPort.at(address);
    port.ask(client, Duration.ofSeconds(2)).join();
    port.takeAnswer();
    return port;
  }

  private static HttpServer serve(Map<String, String> answers) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    answers.forEach(
        (path, text) ->
            server.createContext(
                path,
                exchange -> {
                  byte[] body = text.getBytes(StandardCharsets.UTF_8);
                  exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
                  exchange.getResponseBody().write(body);
                  exchange.close();
                }));
    server.start();
    return server;
  }
}
