package io.redirectbalancer.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.admin.Endpoint.Response;
import io.redirectbalancer.admin.RawHttp.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that take what they can get, beside one that only wants to scrape. */
class AdminLimitsTest {
  private static final int CLIENTS = 200;
  private static final String LARGE = "x".repeat(1024 * 1024);
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration SHORT = Duration.ofMillis(100);

  private final List<RawHttp> clients = new ArrayList<>();
  private final CountDownLatch mayAnswer = new CountDownLatch(1);
  private final Semaphore asked = new Semaphore(0);
  private final HealthEndpoint health = new HealthEndpoint();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @AfterEach
  void closeClients() throws IOException {
    mayAnswer.countDown();
    for (RawHttp client : clients) {
      client.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET /metr",
        "GET /metrics HTTP/1.1\r\nHost: x\r\n",
        "POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
      })
  void clientsThatSendHalfARequestKeepNobodyFromScraping(String half) throws Exception {
    try (AdminServer admin = start(limits(LONG, LONG, LONG))) {
      for (int i = 0; i < CLIENTS; i++) {
        connect(admin).send(half);
        if (i % 20 == 0) {
          assertThat(scrape(admin)).isEqualTo(200);
        }
      }
      assertThat(scrape(admin)).isEqualTo(200);

      // Time has ended none of them: those that had waited the longest made room.
      assertThat(clients.subList(0, CLIENTS / 2)).allMatch(RawHttp::ends);
    }
  }

  @Test
  void whatClientsDoNotReadIsBounded() throws Exception {
    int kept = 4;
    Limits limits = new Limits(300, 300, kept * LARGE.length(), LONG, LONG, LONG, LONG, SHORT);
    try (AdminServer admin = start(limits)) {
      for (int i = 0; i < CLIENTS; i++) {
        RawHttp client = RawHttp.connectWithSmallBuffer(admin.port());
        clients.add(client.send("GET /large HTTP/1.0\r\n\r\n"));
        if (i % 20 == 0) {
          assertThat(scrape(admin)).isEqualTo(200);
        }
      }
      try (RawHttp reader = RawHttp.connect(admin.port())) {
        assertThat(reader.get("/large").answer().body()).hasSize(LARGE.length() + 1);
      }

      // Time has ended none of them: the oldest answers were dropped for the later ones.
      assertThat(clients.subList(0, 10)).allMatch(client -> client.readToEnd() < LARGE.length());
    }
  }

  @Test
  void anAnswerThatIsNotReadInTimeIsDropped() throws Exception {
    Limits limits = limits(LONG, SHORT, LONG);
    try (AdminServer admin = start(limits);
        RawHttp client = RawHttp.connectWithSmallBuffer(admin.port())) {
      client.get("/large").answerToHead();

      await().until(() -> !admin.hasConnections());

      assertThat(client.readToEnd()).isLessThan(LARGE.length());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET /metr",
        "POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
        "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /metr"
      })
  void aRequestThatDoesNotComeInTimeEndsItsConnection(String half) throws Exception {
    try (AdminServer admin = start(limits(SHORT, LONG, LONG))) {
      RawHttp client = connect(admin).send(half);
      if (half.endsWith("GET /metr") && half.length() > 20) {
        assertThat(client.answer().status()).isEqualTo(200);
        client.send("ics");
      }

      assertThat(client.ends()).isTrue();
    }
  }

  @Test
  void anIdleConnectionEnds() throws Exception {
    try (AdminServer admin = start(limits(LONG, LONG, SHORT))) {
      RawHttp client = connect(admin).get("/metrics");

      assertThat(client.answer().header("connection")).isEqualTo("keep-alive");
      assertThat(client.ends()).isTrue();
    }
  }

  @Test
  void aConnectionWhoseRequestsAreAnsweredLastsLongerThanOneRequestMay() throws Exception {
    try (AdminServer admin = start(limits(SHORT, LONG, LONG));
        RawHttp client = RawHttp.connect(admin.port())) {
      client.get("/metrics").answer();
      RawHttp silent = connect(admin);
      assertThat(silent.ends()).isTrue();

      assertThat(client.get("/metrics").answer().status()).isEqualTo(200);
    }
  }

  @Test
  void workThatTakesLongKeepsHealthFromNobody() throws Exception {
    health.serve();
    try (AdminServer admin = start(Limits.DEFAULT)) {
      connect(admin).get("/slow");
      asked.acquire();

      assertThat(connect(admin).get("/livez").answer().body()).isEqualTo("ok\n");
      assertThat(connect(admin).get("/nowhere").answer().status()).isEqualTo(404);
    }
  }

  @Test
  void clientsThatAllWaitForAnEndpointMakeRoomForHealth() throws Exception {
    health.serve();
    try (AdminServer admin = start(new Limits(5, 5, 1, LONG, LONG, LONG, LONG, SHORT))) {
      for (int i = 0; i < 5; i++) {
        connect(admin).get("/slow");
      }
      await().until(() -> admin.working() == 5);

      assertThat(connect(admin).get("/livez").answer().body()).isEqualTo("ok\n");
    }
  }

  @Test
  void moreWorkOfOnePathThanMayWaitIsRejectedForNowAndOtherPathsAreServed() throws Exception {
    try (AdminServer admin = start(new Limits(20, 2, 1, LONG, LONG, LONG, LONG, SHORT))) {
      RawHttp working = connect(admin).get("/slow");
      asked.acquire();
      List<RawHttp> waiting =
          List.of(connect(admin).get("/large?1"), connect(admin).get("/large?2"));
      RawHttp other = connect(admin).get("/metrics");
      await().until(() -> admin.working() == 4);

      Answer rejected = connect(admin).get("/large?3").answer();
      assertThat(rejected.status()).isEqualTo(503);
      assertThat(rejected.header("retry-after")).isEqualTo("1");
      mayAnswer.countDown();
      assertThat(working.answer().status()).isEqualTo(200);
      assertThat(other.answer().status()).isEqualTo(200);
      assertThat(waiting).hasSize(2);
    }
  }

  @Test
  void equalRequestsThatWaitAreAnsweredTogether() throws Exception {
    try (AdminServer admin =
        start(new Limits(50, 1, LARGE.length(), LONG, LONG, LONG, LONG, SHORT))) {
      RawHttp first = connect(admin).get("/slow");
      asked.acquire();
      List<RawHttp> others = new ArrayList<>();
      for (int i = 0; i < 29; i++) {
        others.add(connect(admin).get("/slow"));
      }
      await().until(() -> admin.working() == 30);
      mayAnswer.countDown();

      for (RawHttp client : others) {
        assertThat(client.answer().body()).isEqualTo("slow\n");
      }
      assertThat(first.answer().body()).isEqualTo("slow\n");
      assertThat(asked.availablePermits()).isEqualTo(1);
    }
  }

  @Test
  void aClientThatGoesAwayIsNoError() throws Exception {
    try (CapturedLogs logs = new CapturedLogs();
        AdminServer admin = start(Limits.DEFAULT)) {
      RawHttp leaver = connect(admin).get("/slow");
      asked.acquire();
      leaver.reset();
      connect(admin).send("POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{").reset();
      RawHttp.connectWithSmallBuffer(admin.port()).get("/large").reset();
      mayAnswer.countDown();

      // There is one worker: its answers to those before are written.
      assertThat(scrape(admin)).isEqualTo(200);
      await().until(() -> !admin.hasConnections());
      assertThat(logs.ours()).isEmpty();
    }
  }

  @Test
  void anAnswerUnderWayIsFinishedWhenTheServerCloses() throws Exception {
    AdminServer admin = start(Limits.DEFAULT);
    RawHttp idle = connect(admin);
    idle.get("/metrics").answer();
    RawHttp client = connect(admin).get("/slow");
    asked.acquire();

    CompletableFuture<Void> closed = CompletableFuture.runAsync(admin::close);
    assertThat(idle.ends()).isTrue();
    mayAnswer.countDown();

    Answer answer = client.answer();
    assertThat(answer.body()).isEqualTo("slow\n");
    assertThat(answer.header("connection")).isEqualTo("close");
    closed.get();
  }

  @Test
  void anAnswerThatNeverComesDoesNotKeepTheServerFromClosing() throws Exception {
    AdminServer admin = start(new Limits(10, 10, 1, LONG, LONG, LONG, LONG, SHORT));
    RawHttp client = connect(admin).get("/slow");
    asked.acquire();

    admin.close();

    assertThat(client.ends()).isTrue();
  }

  private AdminServer start(Limits limits) throws IOException {
    Endpoint slow =
        request -> {
          asked.release();
          awaitOpen(mayAnswer);
          return Response.text(200, "slow");
        };
    return new AdminServer(
        "127.0.0.1",
        0,
        Optional.of("secret"),
        Map.of(
            "/metrics",
            request -> Response.text(200, "metrics"),
            "/large",
            request -> Response.text(200, LARGE),
            "/slow",
            slow,
            "/livez",
            health.liveness()),
        registry,
        limits);
  }

  private static Limits limits(Duration request, Duration answer, Duration idle) {
    return new Limits(50, 50, 100 * LARGE.length(), request, answer, idle, LONG, SHORT);
  }

  private RawHttp connect(AdminServer admin) throws IOException {
    RawHttp client = RawHttp.connect(admin.port());
    clients.add(client);
    return client;
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int scrape(AdminServer admin) throws IOException {
    try (RawHttp client = RawHttp.connect(admin.port())) {
      return client.get("/metrics").answer().status();
    }
  }
}
