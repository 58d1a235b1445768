package io.redirectbalancer.server;

import static io.redirectbalancer.server.RunningServer.HEALTH_WATCH;
import static io.redirectbalancer.server.RunningServer.REDIRECT;
import static io.redirectbalancer.server.RunningServer.VIDEO;
import static io.redirectbalancer.server.RunningServer.VIDEO_ON_CDN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.server.RawHttp2.Frame;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one connection may do, seen from a client that speaks bare HTTP/2. */
class ConnectionLimitsTest {
  /** Keeps gRPC's warnings about such clients out of the build's output. */
  private final CapturedLogs logs = new CapturedLogs();

  @AfterEach
  void stopCapturing() {
    logs.close();
  }

  @Test
  void theLimitsOnCallsAndMetadataAreAdvertised() throws Exception {
    try (RunningServer server = RunningServer.with().maxCallsPerConnection(37).start();
        RawHttp2 client = RawHttp2.connect(server.port())) {
      assertThat(client.await(RawHttp2.SETTINGS).settings())
          .containsEntry(RawHttp2.MAX_CONCURRENT_STREAMS, 37)
          .containsEntry(RawHttp2.MAX_HEADER_LIST_SIZE, 8 * 1024);
    }
  }

  @Test
  void aCallBeyondTheLimitIsRejectedAndTheOthersLive() throws Exception {
    try (RunningServer server = RunningServer.with().maxCallsPerConnection(2).start();
        RawHttp2 client = RawHttp2.connect(server.port())) {
      client.await(RawHttp2.SETTINGS);
      client.startCall(1, HEALTH_WATCH, Map.of());
      client.startCall(3, HEALTH_WATCH, Map.of());
      client.startCall(5, HEALTH_WATCH, Map.of());

      Frame rejection = client.await(RawHttp2.RST_STREAM);
      assertThat(rejection.stream()).isEqualTo(5);
      assertThat(rejection.errorCode()).isEqualTo(RawHttp2.REFUSED_STREAM);

      client.finishCall(3, new byte[0]);
      assertThat(client.await(RawHttp2.DATA).stream()).isEqualTo(3);
      assertThat(server.scrape().sum("grpc_server_started_total")).isEqualTo(2);
    }
  }

  @Test
  void metadataOfMoreThan8KibibytesIsRejectedAndTheConnectionLives() throws Exception {
    try (RunningServer server = RunningServer.start();
        RawHttp2 client = RawHttp2.connect(server.port())) {
      client.startCall(1, HEALTH_WATCH, Map.of("x-large", "x".repeat(8 * 1024)));
      client.startCall(3, HEALTH_WATCH, Map.of("x-large", "x".repeat(4 * 1024)));
      client.finishCall(3, new byte[0]);

      assertThat(client.await(RawHttp2.HEADERS).stream()).as("431").isEqualTo(1);
      assertThat(client.await(RawHttp2.DATA).stream()).isEqualTo(3);
      assertThat(server.scrape().sum("grpc_server_started_total")).isEqualTo(1);
    }
  }

  @Test
  void theResetsOf30SecondsAreLimitedAndOneMoreClosesTheConnection() throws Exception {
    try (RunningServer server = RunningServer.with().maxResets(200).start();
        RawHttp2 client = RawHttp2.connect(server.port())) {
      client.await(RawHttp2.SETTINGS);
      for (int i = 0; i < 200; i++) {
        client.startCall(2 * i + 1, REDIRECT, Map.of());
        client.reset(2 * i + 1);
      }
      client.ping();
      assertThat(client.await(RawHttp2.PING).isAck()).isTrue();

      client.startCall(401, REDIRECT, Map.of());
      client.reset(401);

      assertThat(client.readToEnd())
          .filteredOn(frame -> frame.type() == RawHttp2.GO_AWAY)
          .singleElement()
          .extracting(Frame::errorCode)
          .isEqualTo(RawHttp2.ENHANCE_YOUR_CALM);
      server.awaitHandled(201);
      assertThat(server.handled("unary", REDIRECT, "Canceled")).isEqualTo(201);
      assertThat(server.redirect(VIDEO)).as("on another connection").isEqualTo(VIDEO_ON_CDN);
    }
  }

  @Test
  void callsWhoseClientDropsItsConnectionAreCanceled() throws Exception {
    try (RunningServer server = RunningServer.start()) {
      try (RawHttp2 client = RawHttp2.connect(server.port())) {
        client.startCall(1, REDIRECT, Map.of());
        client.startCall(3, HEALTH_WATCH, Map.of());
        client.finishCall(3, new byte[0]);
        assertThat(client.await(RawHttp2.DATA).stream()).isEqualTo(3);
      }

      server.awaitHandled(2);
      assertThat(server.handled("unary", REDIRECT, "Canceled")).isEqualTo(1);
      assertThat(server.handled("server_stream", HEALTH_WATCH, "Canceled")).isEqualTo(1);
    }
  }

  @Test
  void aClientThatHangsUpDuringACallIsCanceled() throws Exception {
    CountDownLatch inFlight = new CountDownLatch(1);
    try (RunningServer server = RunningServer.start()) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
      HealthGrpc.newStub(channel)
          .watch(
              HealthCheckRequest.getDefaultInstance(),
              new StreamObserver<>() {
                @Override
                public void onNext(HealthCheckResponse answer) {
                  inFlight.countDown();
                }

                @Override
                public void onError(Throwable end) {}

                @Override
                public void onCompleted() {}
              });
      assertThat(inFlight.await(20, TimeUnit.SECONDS)).isTrue();
      channel.shutdownNow();

      server.awaitHandled(1);
      assertThat(server.handled("server_stream", HEALTH_WATCH, "Canceled")).isEqualTo(1);
    }
  }

  @Test
  void aRequestInMoreThan32PartsIsRejectedAndTheConnectionLives() throws Exception {
    byte[] request = Request.newBuilder().setVideo(VIDEO).build().toByteArray();
    try (RunningServer server = RunningServer.start();
        RawHttp2 client = RawHttp2.connect(server.port())) {
      client.startCall(1, REDIRECT, Map.of());
      client.sendParts(1, request, 33);
      client.startCall(3, REDIRECT, Map.of());
      client.sendParts(3, request, 31);
      client.endCall(3);

      Frame answer = client.await(RawHttp2.DATA);
      assertThat(answer.stream()).isEqualTo(3);
      server.awaitHandled(2);
      assertThat(server.handled("unary", REDIRECT, "ResourceExhausted")).isEqualTo(1);
      assertThat(server.handled("unary", REDIRECT, "OK")).isEqualTo(1);
    }
    assertThat(logs.ours()).isEmpty();
  }

  @Test
  void aConnectionBeyondTheMaximumIsClosedAtOnceAndAClosedOneMakesRoom(@TempDir Path folder)
      throws Exception {
    TestCertificate certificate = TestCertificate.create(folder);
    TlsSettings tls = certificate.tls(0);
    try (RunningServer server = RunningServer.with().maxConnections(2).tls(tls).start();
        RawHttp2 first = RawHttp2.connect(server.port())) {
      first.await(RawHttp2.SETTINGS);
      try (Socket overTls = new Socket(InetAddress.getLoopbackAddress(), server.tlsPort())) {
        await().until(() -> server.scrape().sum("connections_open") == 2);

        for (int port : List.of(server.port(), server.tlsPort())) {
          try (Socket beyond = new Socket(InetAddress.getLoopbackAddress(), port)) {
            beyond.setSoTimeout(5_000);
            assertThat(beyond.getInputStream().read()).isEqualTo(-1);
          }
        }
        assertThat(server.scrape().sum("connections_rejected_total")).isEqualTo(2);
        assertThat(server.scrape().sum("connections_open")).isEqualTo(2);
        assertThat(overTls.isConnected()).isTrue();
      }
      await().until(() -> server.scrape().sum("connections_open") == 1);

      assertThat(server.redirect(VIDEO)).isEqualTo(VIDEO_ON_CDN);
    }
  }

  @Test
  void theConnectionsWithTheMostUnfinishedCallsAreTheOnesToClose() throws Exception {
    byte[] request = Request.newBuilder().setVideo(VIDEO).build().toByteArray();
    try (RunningServer server = RunningServer.start();
        RawHttp2 heavy = RawHttp2.connect(server.port());
        RawHttp2 light = RawHttp2.connect(server.port())) {
      startCalls(heavy, 10);
      startCalls(light, 4);
      assertThat(server.redirect(VIDEO)).isEqualTo(VIDEO_ON_CDN);
      await().until(() -> server.scrape().sum("grpc_server_started_total") == 15);

      assertThat(server.grpc().closeHeaviestConnections()).isTrue();

      assertThat(heavy.readToEnd()).noneMatch(frame -> frame.type() == RawHttp2.DATA);
      light.finishCall(1, request);
      assertThat(light.await(RawHttp2.DATA).stream()).isEqualTo(1);
      assertThat(server.redirect(VIDEO)).isEqualTo(VIDEO_ON_CDN);
      assertThat(server.scrape().sum("connections_overload_closed_total")).isEqualTo(1);

      assertThat(server.grpc().closeHeaviestConnections()).isTrue();
      assertThat(light.readToEnd()).isNotNull();
      assertThat(server.grpc().closeHeaviestConnections()).as("idle ones stay").isFalse();
      assertThat(server.redirect(VIDEO)).isEqualTo(VIDEO_ON_CDN);
    }
  }

  private static void startCalls(RawHttp2 client, int calls) throws Exception {
    for (int i = 0; i < calls; i++) {
      client.startCall(2 * i + 1, REDIRECT, Map.of());
    }
  }

  @Test
  void pingsInQuickSuccessionCloseTheConnection() throws Exception {
    try (RunningServer server = RunningServer.start();
        RawHttp2 client = RawHttp2.connect(server.port())) {
      client.await(RawHttp2.SETTINGS);
      client.ping();
      client.ping();
      assertThat(client.await(RawHttp2.PING).isAck()).isTrue();
      assertThat(client.await(RawHttp2.PING).isAck()).isTrue();

      client.ping();

      assertThat(client.readToEnd())
          .filteredOn(frame -> frame.type() == RawHttp2.GO_AWAY)
          .singleElement()
          .satisfies(
              goAway -> {
                assertThat(goAway.errorCode()).isEqualTo(RawHttp2.ENHANCE_YOUR_CALM);
                assertThat(goAway.debugData()).isEqualTo("too_many_pings");
              });
    }
  }

  @Test
  void aConnectionThatReachesItsAgeIsAskedToGoAndItsCallsLiveOn() throws Exception {
    Duration age = Duration.ofSeconds(1);
    try (RunningServer server = RunningServer.with().maxConnectionAge(age).start();
        RawHttp2 client = RawHttp2.connect(server.port())) {
      long begin = System.nanoTime();
      client.startCall(1, HEALTH_WATCH, Map.of());
      client.finishCall(1, new byte[0]);
      assertThat(client.await(RawHttp2.DATA).stream()).isEqualTo(1);

      Frame goAway = client.await(RawHttp2.GO_AWAY);

      assertThat(goAway.errorCode()).isEqualTo(RawHttp2.NO_ERROR);
      assertThat(goAway.debugData()).isEqualTo("max_age");
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isBetween(age.multipliedBy(8).dividedBy(10), age.multipliedBy(5));
      server.grpc().drain();
      assertThat(client.await(RawHttp2.DATA).stream()).as("the watch goes on").isEqualTo(1);
    }
  }

  @Test
  void aConnectionThatSaysNothingIsClosedAfterTenSeconds() throws Exception {
    try (RunningServer server = RunningServer.start();
        Socket silent = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      silent.setSoTimeout(20_000);
      long begin = System.nanoTime();
      silent.getInputStream().readAllBytes();

      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isBetween(Duration.ofSeconds(9), Duration.ofSeconds(15));
    }
  }

  /** Minutes would have to pass to see these: this looks at what gRPC was told. */
  @Test
  void idleTimeAndKeepAliveAreHandedToGrpc() throws Exception {
    try (RunningServer server = RunningServer.with().netty().start()) {
      Object grpcServer = ((List<?>) field(server.grpc(), "servers")).get(0);
      Object netty = field(grpcServer, "transportServer");

      assertThat(field(netty, "maxConnectionIdleInNanos"))
          .isEqualTo(Duration.ofMinutes(5).toNanos());
      assertThat(field(netty, "permitKeepAliveTimeInNanos"))
          .isEqualTo(Duration.ofSeconds(30).toNanos());
      assertThat(field(netty, "permitKeepAliveWithoutCalls")).isEqualTo(true);
      assertThat(field(netty, "maxRstPeriodNanos")).isEqualTo(Duration.ofSeconds(30).toNanos());
    }
  }

  private static Object field(Object owner, String name) throws ReflectiveOperationException {
    Field field = owner.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(owner);
  }
}
