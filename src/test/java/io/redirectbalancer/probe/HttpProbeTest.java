package io.redirectbalancer.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redirectbalancer.probe.HttpProbe.NameLookUp;
import io.redirectbalancer.routing.Cdn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpProbeTest {
  private static final Duration JUST_BEFORE_TIMEOUT = HttpProbe.TIMEOUT.minusMillis(1);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpClient client =
      HttpClient.newBuilder().executor(threads).version(Version.HTTP_1_1).build();
  private final ManualScheduler time = new ManualScheduler();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 204, 206, 299, 300, 301, 302, 304, 307, 308, 399})
  void statuses2xxAnd3xxAreHealthy(int status) throws Exception {
    try (LocalServer server = LocalServer.answering(LocalServer.status(status))) {
      assertThat(ask(server)).isEqualTo(new ProbeResult(true, "status " + status));
      assertThat(server.requests()).containsExactly("HEAD /healthz.m3u8 HTTP/1.1");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 410, 429, 500, 502, 503, 504, 599})
  void otherStatusesAreNot(int status) throws Exception {
    try (LocalServer server = LocalServer.answering(LocalServer.status(status))) {
      assertThat(ask(server)).isEqualTo(new ProbeResult(false, "status " + status));
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void redirectsAreNotFollowed() throws Exception {
    try (LocalServer elsewhere = LocalServer.answering(LocalServer.status(500));
        LocalServer server =
            LocalServer.answering(
                LocalServer.status(302, "Location: http://" + elsewhere.address() + "/"))) {
      assertThat(ask(server).healthy()).isTrue();
      assertThat(elsewhere.requests()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"405, 200, true", "501, 302, true", "405, 404, false", "501, 501, false"})
  void whereHeadIsRefusedGetDecides(int toHead, int toGet, boolean healthy) throws Exception {
    try (LocalServer server =
        new LocalServer(
            request -> LocalServer.status(request.startsWith("HEAD ") ? toHead : toGet))) {
      assertThat(ask(server)).isEqualTo(new ProbeResult(healthy, "status " + toGet));
      assertThat(server.requests())
          .containsExactly("HEAD /healthz.m3u8 HTTP/1.1", "GET /healthz.m3u8 HTTP/1.1");
    }
  }

  @Test
  void headAnswersWithALengthHaveNoBodyToWaitFor() throws Exception {
    try (LocalServer server =
        LocalServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")) {
      assertThat(ask(server).healthy()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        LocalServer.HANG,
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
      })
  void anAnswerThatIsNotWholeInTimeIsNone(String answer) throws Exception {
    String[] answers = answer.split("(?<=\r\n\r\n)", 2);
    String toGet = answers.length > 1 ? answers[1] : "";
    try (LocalServer server =
        new LocalServer(request -> request.startsWith("HEAD ") ? answers[0] : toGet)) {
      CompletableFuture<ProbeResult> result = probe(server).ask();
      await().until(() -> server.requests().size() == answers.length);

      time.pass(JUST_BEFORE_TIMEOUT);
      assertThat(result).isNotDone();
      time.pass(Duration.ofMillis(1));

      assertThat(result).isCompletedWithValue(new ProbeResult(false, "no whole answer within 2 s"));
      await().untilAsserted(() -> assertThat(server.openConnections()).isZero());
    }
  }

  @Test
  void aConnectionThatIsRefusedOrClosedOrBrokenIsAFailure() throws Exception {
    int unused;
    try (ServerSocket socket = new ServerSocket(0)) {
      unused = socket.getLocalPort();
    }
    assertThat(ask(URI.create("http://127.0.0.1:" + unused + "/")).healthy()).isFalse();
    for (String answer : new String[] {LocalServer.CLOSE, "220 smtp.example.com ESMTP\r\n\r\n"}) {
      try (LocalServer server = LocalServer.answering(answer)) {
        assertThat(ask(server).healthy()).isFalse();
      }
    }
  }

  @Test
  void whatAServerSaysStaysOnOneShortLine() throws Exception {
    String garbage = "HTTP/1.1 2\u0007\u001b[31m" + "x".repeat(1000) + "\r\n\r\n";
    try (LocalServer server = LocalServer.answering(garbage)) {
      ProbeResult result = ask(server);

      assertThat(result.healthy()).isFalse();
      assertThat(result.detail()).hasSizeLessThanOrEqualTo(200).doesNotContainPattern("\\p{Cntrl}");
    }
  }

  @Test
  void aNameThatIsNotFoundIsAFailure() throws Exception {
    ProbeResult result =
        ask(
            URI.create("http://cdn.example.com/"),
            host -> {
              throw new UnknownHostException(host);
            });

    assertThat(result)
        .isEqualTo(new ProbeResult(false, "java.net.UnknownHostException: cdn.example.com"));
  }

  @Test
  void aHostThatJavaDoesNotAcceptIsAFailure() throws Exception {
    assertThat(ask(HttpProbe.url(Cdn.parse("cdn.4you"), "/")).detail()).contains("unsupported URI");
  }

  @Test
  void aLookUpThatHangsIsWaitedForButNotRepeated() throws Exception {
    CountDownLatch resolved = new CountDownLatch(1);
    AtomicInteger lookUps = new AtomicInteger();
    NameLookUp slow =
        host -> {
          lookUps.incrementAndGet();
          awaitLatch(resolved);
          return InetAddress.getLoopbackAddress();
        };
    try (LocalServer server = LocalServer.answering(LocalServer.status(200))) {
      HttpProbe probe = new HttpProbe(uri(server), client, time, slow);
      for (int i = 0; i < 3; i++) {
        CompletableFuture<ProbeResult> late = probe.ask();
        time.pass(HttpProbe.TIMEOUT);
        assertThat(late).isCompletedWithValueMatching(result -> !result.healthy());
      }
      CompletableFuture<ProbeResult> inTime = probe.ask();
      resolved.countDown();

      assertThat(inTime.get(20, TimeUnit.SECONDS).healthy()).isTrue();
      assertThat(lookUps).hasValue(1);
      assertThat(server.requests()).hasSize(1);
      assertThat(probe.ask().get(20, TimeUnit.SECONDS).healthy()).isTrue();
      assertThat(lookUps).hasValue(2);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cdn.example.com, http://cdn.example.com/healthz?a=1",
    "HTTPS://cdn.example.com:8443/, https://cdn.example.com:8443/healthz?a=1",
    "https://cdn.example.com/base//x, https://cdn.example.com/base//x/healthz?a=1",
    "http://cdn.example.com/a{b}|[^`c], http://cdn.example.com/a%7Bb%7D%7C%5B%5E%60c%5D/healthz?a=1",
    "'http://[::1]:81/%7b', 'http://[::1]:81/%7b/healthz?a=1'",
  })
  void theUrlIsTheCdnsWithThePathBehindIt(String cdn, String url) {
    assertThat(HttpProbe.url(Cdn.parse(cdn), "/healthz?a=1")).isEqualTo(URI.create(url));
  }

  private ProbeResult ask(LocalServer server) throws Exception {
    return probe(server).ask().get(20, TimeUnit.SECONDS);
  }

  private ProbeResult ask(URI url) throws Exception {
    return ask(url, InetAddress::getByName);
  }

  private ProbeResult ask(URI url, NameLookUp names) throws Exception {
    return new HttpProbe(url, client, time, names).ask().get(20, TimeUnit.SECONDS);
  }

  private HttpProbe probe(LocalServer server) {
    return new HttpProbe(uri(server), client, time, InetAddress::getByName);
  }

  private static URI uri(LocalServer server) {
    return HttpProbe.url(Cdn.parse(server.address()), "/healthz.m3u8");
  }

  private static void awaitLatch(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
