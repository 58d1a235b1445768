package io.redirectbalancer.client.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.StaticHosts;
import io.redirectbalancer.transport.FailureText;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What callers read when the network fails. */
class CallFailureTest {
  private static final Status IO = Status.UNAVAILABLE.withDescription("io exception");

  @Test
  void causesOfTheNetworkAreNamed() {
    assertThat(reason(new ConnectException("Connection refused: localhost/127.0.0.1:1")))
        .isEqualTo("connection refused");
    assertThat(reason(new RuntimeException(new UnknownHostException("nowhere: unknown"))))
        .isEqualTo("no such host: nowhere");
    assertThat(reason(new IOException("Connection reset by peer")))
        .isEqualTo("connection reset by the server");
    assertThat(reason(new SocketException("Network is unreachable")))
        .isEqualTo("no route to the server");
    assertThat(reason(new ConnectException("connection timed out after 20000 ms: /10.0.0.1:1")))
        .isEqualTo("no connection in time");
    assertThat(reason(new SSLHandshakeException("General OpenSslEngine problem")))
        .isEqualTo("TLS failed: General OpenSslEngine problem");
    assertThat(reason(new IOException("what else\nthere is"))).isEqualTo("what else");
  }

  @ParameterizedTest
  @CsvSource({
    "Network closed for unknown reason, connection closed by the server",
    "Channel shutdownNow invoked, the client is closed",
    "Health-check service responded NOT_SERVING for '', not serving",
    "First received frame was not SETTINGS. Hex dump, the server does not speak gRPC in plaintext on this port",
  })
  void grpcsOwnDescriptionsAreReplaced(String description, String words) {
    assertThat(FailureText.ofCall(Status.UNAVAILABLE.withDescription(description)))
        .isEqualTo(words);
  }

  @Test
  void whatAServerSaysStaysAsItIs() {
    assertThat(FailureText.ofCall(Status.UNAVAILABLE.withDescription("shutting down"))).isNull();
    assertThat(FailureText.ofCall(Status.UNAVAILABLE)).isNull();
  }

  @Test
  void aCallToAPortThatNobodyListensOnSaysSo() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }

    assertFailure(
        "static:///fleet",
        "fleet=127.0.0.1:" + port,
        "no balancer available within 2000 ms: connection refused: 127.0.0.1:" + port);
  }

  @Test
  void aCallToAHostThatDoesNotExistSaysSo() {
    assertFailure(
        "dns:///nowhere.invalid:1",
        "unused=127.0.0.1:1",
        "no balancer available within 2000 ms: no such host: nowhere.invalid");
  }

  @Test
  void aConnectionThatIsClosedBeforeItServesSaysSo() throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread closing = new Thread(() -> closeEachConnection(listening));
      closing.setDaemon(true);
      closing.start();

      String address = "127.0.0.1:" + listening.getLocalPort();
      assertFailure(
          "static:///fleet",
          "fleet=" + address,
          "no balancer available within 2000 ms: connection closed by the server: " + address,
          "no balancer available within 2000 ms: connection reset by the server: " + address,
          "no balancer available within 2000 ms: the server closed the connection at once;"
              + " does it expect TLS?: "
              + address);
    }
  }

  private static void closeEachConnection(ServerSocket listening) {
    try {
      while (true) {
        Closeable connection = listening.accept();
        connection.close();
      }
    } catch (IOException e) {
      assertThat(listening.isClosed()).isTrue();
    }
  }

  /** A first call may not get as far as that in its time. */
  private static void assertFailure(String target, String hosts, String... expected) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(failure(target, hosts)).isIn((Object[]) expected));
  }

  private static String failure(String target, String hosts) {
    var options =
        RedirectClientOptions.builder()
            .staticHosts(StaticHosts.parse(hosts))
            .deadline(Duration.ofSeconds(2))
            .build();
    try (RedirectClient client = RedirectClient.create(target, options)) {
      return client.redirect("http://s1.origin-cluster/a.m3u8").url();
    } catch (StatusRuntimeException e) {
      return String.valueOf(e.getStatus().getDescription());
    }
  }

  private static String reason(Throwable cause) {
    return String.valueOf(FailureText.ofCall(IO.withCause(cause)));
  }
}
