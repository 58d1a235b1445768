package io.redirectbalancer.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redirectbalancer.probe.HttpProbe.NameLookUp;
import io.redirectbalancer.routing.Cdn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
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
  private final ProbeClient client = new ProbeClient();
  private final ManualScheduler time = new ManualScheduler();

  @AfterEach
  void stop() {
    threads.shutdownNow();
    client.close();
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
      assertThat(server.requests()).hasSize(2);
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
  @CsvSource({
    "405, 200, true",
    "501, 302, true",
    "403, 200, true",
    "404, 206, true",
    "503, 200, true",
    "405, 404, false",
    "501, 503, false"
  })
  void whereHeadDoesNotSucceedGetDecides(int toHead, int toGet, boolean healthy) throws Exception {
    try (LocalServer server =
        new LocalServer(
            request -> LocalServer.status(request.startsWith("HEAD ") ? toHead : toGet))) {
      assertThat(ask(server)).isEqualTo(new ProbeResult(healthy, "status " + toGet));
      assertThat(server.requests())
          .containsExactly("HEAD /healthz.m3u8 HTTP/1.1", "GET /healthz.m3u8 HTTP/1.1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {LocalServer.CLOSE, "garbage\r\n\r\n"})
  void whereHeadIsAnsweredWithNothingGetDecides(String toHead) throws Exception {
    try (LocalServer server =
        new LocalServer(
            request -> request.startsWith("HEAD ") ? toHead : LocalServer.status(200))) {
      assertThat(ask(server)).isEqualTo(new ProbeResult(true, "status 200"));
    }
  }

  @Test
  void saysWhoAsks() throws Exception {
    try (LocalServer server = LocalServer.answering(LocalServer.status(200))) {
      ask(server);

      assertThat(server.headers())
          .contains("host: " + server.address(), "user-agent: " + ProbeClient.USER_AGENT);
      assertThat(ProbeClient.USER_AGENT).matches("redirect-balancer/[0-9A-Za-z.-]+");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200\r\nA header: with a space\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
      })
  void takesAnswersAsServersGiveThem(String answer) throws Exception {
    try (LocalServer server = LocalServer.answering(answer)) {
      assertThat(ask(server)).isEqualTo(new ProbeResult(true, "status 200"));
    }
  }

  @Test
  void takesManyHeaders() throws Exception {
    String headers = ("X-Policy: " + "p".repeat(1000) + "\r\n").repeat(100);
    try (LocalServer server =
        LocalServer.answering("HTTP/1.1 200 OK\r\n" + headers + "Content-Length: 0\r\n\r\n")) {
      assertThat(ask(server).healthy()).isTrue();
    }
  }

  @Test
  void readsSoMuchOfABodyThatThereIsNoDoubtOfIt() throws Exception {
    String start = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
    try (LocalServer server =
        new LocalServer(
            request ->
                request.startsWith("HEAD ")
                    ? LocalServer.status(403)
                    : start + "b".repeat(HttpExchange.ENOUGH_BODY_BYTES))) {
      assertThat(ask(server)).isEqualTo(new ProbeResult(true, "status 200"));
      await().untilAsserted(() -> assertThat(server.openConnections()).isZero());
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
  void saysInWordsWhyThereIsNoAnswer() throws Exception {
    int unused;
    try (ServerSocket socket = new ServerSocket(0)) {
      unused = socket.getLocalPort();
    }
    assertThat(ask("http://127.0.0.1:" + unused, HttpProbeTest::lookUp))
        .isEqualTo(new ProbeResult(false, "connection refused"));
    try (LocalServer server = LocalServer.answering(LocalServer.CLOSE)) {
      assertThat(ask(server))
          .isEqualTo(new ProbeResult(false, "connection closed before a whole answer"));
    }
    try (LocalServer server = LocalServer.answering("220 smtp.example.com ESMTP\r\n\r\n")) {
      assertThat(ask(server)).isEqualTo(new ProbeResult(false, "no HTTP/1.1 answer"));
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
            "cdn.example.com",
            host -> {
              throw new UnknownHostException(host);
            });

    assertThat(result).isEqualTo(new ProbeResult(false, "no such host"));
  }

  @Test
  void whatIsWrongHereSaysNothingOfTheCdn() throws Exception {
    CompletableFuture<ProbeResult> result =
        probe(
                "cdn.example.com",
                host -> {
                  throw new IllegalStateException("no thread");
                })
            .ask();

    await().until(result::isDone);
    assertThat(result).isCompletedExceptionally();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cdn_1", "hls_live_sanjha-i.akamaihd.net", "cdn.4video", "4.cdn.4u", "localhost"})
  void asksEveryHostThatTheStartAccepts(String host) throws Exception {
    try (LocalServer server = LocalServer.answering(LocalServer.status(200))) {
      String address = host + ":" + server.port();
      List<String> lookedUp = new CopyOnWriteArrayList<>();
      ProbeResult result =
          ask(
              "http://" + address + "/b{1}",
              name -> {
                lookedUp.add(name);
                return List.of(InetAddress.getLoopbackAddress());
              });

      assertThat(result.healthy()).isTrue();
      assertThat(lookedUp).containsExactly(host);
      assertThat(server.requests()).containsExactly("HEAD /b%7B1%7D/healthz.m3u8 HTTP/1.1");
      assertThat(server.headers()).contains("host: " + address);
    }
  }

  @Test
  void asksIpv6Addresses() throws Exception {
    InetAddress loopback = address("::1");
    try (LocalServer server = new LocalServer(loopback, 0, request -> LocalServer.status(200))) {
      ProbeResult result = ask("[::1]:" + server.port(), HttpProbeTest::lookUp);

      assertThat(result.healthy()).isTrue();
      assertThat(server.headers()).contains("host: [::1]:" + server.port());
    }
  }

  @Test
  void anAddressThatAnswersIsEnough() throws Exception {
    try (LocalServer second =
        new LocalServer(address("127.0.0.2"), 0, r -> LocalServer.status(200))) {
      // Nobody listens at 127.0.0.1 on this port.
      assertThat(askAt(second.port(), "127.0.0.1", "127.0.0.2"))
          .isEqualTo(new ProbeResult(true, "status 200"));
      assertThat(askAt(second.port(), "127.0.0.2", "127.0.0.1").healthy()).isTrue();
      assertThat(askAt(second.port(), "127.0.0.1", "127.0.0.3"))
          .isEqualTo(
              new ProbeResult(
                  false, "127.0.0.1: connection refused; 127.0.0.3: connection refused"));
    }
  }

  @Test
  void anAddressThatIsUnwellIsFollowedByTheNext() throws Exception {
    try (LocalServer first = LocalServer.answering(LocalServer.status(503));
        LocalServer second =
            new LocalServer(address("127.0.0.2"), first.port(), r -> LocalServer.status(200))) {
      assertThat(askAt(first.port(), "127.0.0.1", "127.0.0.2").healthy()).isTrue();

      second.answer(LocalServer.status(500));
      assertThat(askAt(first.port(), "127.0.0.1", "127.0.0.2"))
          .isEqualTo(new ProbeResult(false, "127.0.0.1: status 503; 127.0.0.2: status 500"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 9, 30})
  void addressesFromWhichNothingComesLeaveTheLastOneHalfOfTheTime(int number) throws Exception {
    try (LocalServer silent = LocalServer.answering(LocalServer.HANG);
        LocalServer last =
            new LocalServer(address("127.0.0.2"), silent.port(), r -> LocalServer.status(200))) {
      List<InetAddress> addresses =
          new ArrayList<>(Collections.nCopies(number - 1, address("127.0.0.1")));
      addresses.add(address("127.0.0.2"));
      CompletableFuture<ProbeResult> result =
          probe("cdn.example.com:" + silent.port(), host -> addresses).ask();
      await().until(() -> silent.requests().size() == 1);
      time.pass(HttpProbe.TIMEOUT.dividedBy(2));

      assertThat(result.get(20, TimeUnit.SECONDS).healthy()).isTrue();
      assertThat(last.requests()).containsExactly("HEAD /healthz.m3u8 HTTP/1.1");
      await().untilAsserted(() -> assertThat(silent.openConnections()).isZero());
    }
  }

  @Test
  void aLookUpThatHangsIsWaitedForButNotRepeated() throws Exception {
    CountDownLatch resolved = new CountDownLatch(1);
    AtomicInteger lookUps = new AtomicInteger();
    NameLookUp slow =
        host -> {
          lookUps.incrementAndGet();
          awaitLatch(resolved);
          return List.of(InetAddress.getLoopbackAddress());
        };
    try (LocalServer server = LocalServer.answering(LocalServer.status(200))) {
      HttpProbe probe = probe(server.address(), slow);
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

  private ProbeResult ask(LocalServer server) throws Exception {
    return probe(server).ask().get(20, TimeUnit.SECONDS);
  }

  private ProbeResult ask(String cdn, NameLookUp names) throws Exception {
    return probe(cdn, names).ask().get(20, TimeUnit.SECONDS);
  }

  /** Asks a name that has these addresses. */
  private ProbeResult askAt(int port, String... literals) throws Exception {
    List<InetAddress> addresses = new ArrayList<>();
    for (String literal : literals) {
      addresses.add(address(literal));
    }
    return ask("cdn.example.com:" + port, host -> addresses);
  }

  private HttpProbe probe(LocalServer server) {
    return probe(server.address(), HttpProbeTest::lookUp);
  }

  private HttpProbe probe(String cdn, NameLookUp names) {
    ProbeUrl url = ProbeUrl.of(Cdn.parse(cdn), "/healthz.m3u8");
    return new HttpProbe(url, client, time, threads, names);
  }

  private static InetAddress address(String literal) throws IOException {
    return lookUp(literal).get(0);
  }

  private static List<InetAddress> lookUp(String host) throws IOException {
    return List.of(InetAddress.getAllByName(host));
  }

  private static void awaitLatch(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
