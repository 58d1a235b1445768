package io.redirectbalancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.doctor.Finding.Level;
import io.redirectbalancer.routing.Cdn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CdnChecksTest {
  private final ServerSocket listening = listen();
  private final Cdn cdn = Cdn.parse("127.0.0.1:" + listening.getLocalPort());
  private volatile String answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

  @BeforeEach
  void start() {
    Thread thread = new Thread(this::serve, "cdn");
    thread.setDaemon(true);
    thread.start();
  }

  @AfterEach
  void stop() throws IOException {
    listening.close();
  }

  @Test
  void aCdnWhoseProbeSucceedsIsWell() {
    answer("Date: " + date(Instant.now()));

    assertThat(run(Optional.of("/healthz")))
        .containsExactly(
            Finding.ok("cdn", cdn.name() + ": status 200 for /healthz"),
            Finding.ok("clock", "within 1 s of the CDNs"));
  }

  @Test
  void withoutProbesAnyAnswerWillDo() {
    assertThat(run(Optional.empty()))
        .first()
        .isEqualTo(
            Finding.ok(
                "cdn", cdn.name() + ": status 404 for /; without PROBE_PATH it is not probed"));
  }

  @Test
  void aProbeThatWouldFailIsBroken() {
    assertThat(run(Optional.of("/healthz")))
        .first()
        .isEqualTo(
            Finding.fail(
                "cdn",
                cdn.name() + ": status 404",
                "set a PROBE_PATH for which it answers 2xx or 3xx"));
  }

  @Test
  void saysWhyACdnCannotBeReached() {
    assertThat(
            new CdnChecks(Optional.empty(), Instant.now()).run(List.of(Cdn.parse("127.0.0.1:1"))))
        .containsExactly(
            Finding.fail(
                "cdn",
                "127.0.0.1:1: connection refused",
                "correct its address, or find out why it cannot be reached from here"),
            Finding.skip("clock", "no CDN has said what time it is"));
  }

  @Test
  void comparesTheClocks() {
    answer("Date: " + date(Instant.now().minusSeconds(90)));

    Finding clock = run(Optional.of("/late")).get(1);
    assertThat(clock.level()).isEqualTo(Level.WARN);
    assertThat(clock.text()).matches("this machine is (89|9[0-9]) s ahead of the CDNs");
  }

  @Test
  void aCachedAnswerIsAsOldAsItSays() {
    answer("Date: " + date(Instant.now().minusSeconds(600)), "Age: 600");

    assertThat(run(Optional.of("/c")).get(1).level()).isEqualTo(Level.OK);
  }

  @Test
  void aDateThatIsNoneDoesNotMatter() {
    answer("Date: yesterday");

    assertThat(run(Optional.of("/d")).get(1).level()).isEqualTo(Level.SKIP);
  }

  private List<Finding> run(Optional<String> path) {
    return new CdnChecks(path, Instant.now()).run(List.of(cdn));
  }

  private static String date(Instant time) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(time.atOffset(ZoneOffset.UTC));
  }

  private void answer(String... headers) {
    answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
  }

  private void serve() {
    byte[] request = new byte[4096];
    while (true) {
      try (Socket connection = listening.accept()) {
        if (connection.getInputStream().read(request) > 0) {
          connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        }
      } catch (IOException e) {
        return;
      }
    }
  }

  private static ServerSocket listen() {
    try {
      return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
