package io.redirectbalancer.http2;

import static io.redirectbalancer.http2.FrameClient.ACK;
import static io.redirectbalancer.http2.FrameClient.PING;
import static io.redirectbalancer.http2.Front.HEALTH_WATCH;
import static io.redirectbalancer.http2.Front.REDIRECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.redirectbalancer.call.RedirectCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When and how connections end. */
class LifetimeTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final byte[] EMPTY = new byte[0];

  @Test
  void aClientThatSaysNothingIsDisconnected() throws IOException {
    try (Front front = Front.with().timing(timing(SHORT, LONG, LONG, LONG)).start();
        FrameClient silent = FrameClient.open(front.port());
        FrameClient half = FrameClient.open(front.port()).preface();
        FrameClient polite = FrameClient.connect(front.port())) {
      assertThat(silent.toEnd()).isEqualTo("closed");
      assertThat(half.toEnd()).isEqualTo("closed");
      assertThat(polite.sync()).isEmpty();
    }
  }

  @Test
  void anIdleConnectionIsClosedAndOneWithACallIsNot() throws IOException {
    try (Front front = Front.with().timing(timing(LONG, SHORT, LONG, LONG)).start();
        FrameClient idle = FrameClient.connect(front.port());
        FrameClient watching = FrameClient.connect(front.port())) {
      watching.call(1, HEALTH_WATCH, EMPTY);
      assertThat(idle.until("PING"))
          .isEqualTo("GOAWAY(2147483647,NO_ERROR,max_idle) PING(" + 0x97acef001L + ")");
      acknowledge(idle);
      assertThat(idle.toEnd()).isEqualTo("GOAWAY(0,NO_ERROR,max_idle) closed");
      assertThat(watching.sync()).contains("1:[7]").doesNotContain("GOAWAY");
    }
  }

  @Test
  void anOldConnectionIsClosedAndItsCallsHaveSomeGrace() throws IOException {
    try (Front front =
            Front.with().timing(timing(LONG, LONG, SHORT, Duration.ofSeconds(1))).start();
        FrameClient client = FrameClient.connect(front.port())) {
      client.call(1, HEALTH_WATCH, EMPTY);
      assertThat(client.until("PING")).contains("GOAWAY(2147483647,NO_ERROR,max_age)");
      client.call(3, REDIRECT, EMPTY);
      assertThat(client.until("3:grpc")).as("on its way, and still answered").contains("3:[59]");
      acknowledge(client);
      assertThat(client.until("GOAWAY")).isEqualTo("GOAWAY(3,NO_ERROR,max_age)");
      client.call(5, REDIRECT, EMPTY);
      assertThat(client.toEnd()).isEqualTo("RST(1,CANCEL) closed");
    }
  }

  @Test
  void theServerPingsASilentClient() throws IOException {
    ServerOptions.Timing timing =
        new ServerOptions.Timing(LONG, LONG, LONG, LONG, Duration.ZERO, LONG, SHORT, SHORT, LONG);
    try (Front front = Front.with().timing(timing).start();
        FrameClient client = FrameClient.connect(front.port())) {
      assertThat(client.next() + client.next() + client.next()).as("greeting").isEmpty();
      for (int i = 0; i < 3; i++) {
        assertThat(client.next()).isEqualTo("PING(0)");
        client.frame(PING, ACK, 0, new byte[8]);
      }
      assertThat(client.next()).isEqualTo("PING(0)");
      assertThat(client.next()).isEqualTo("closed");
    }
  }

  @Test
  void tooManyResetsCloseTheConnection() throws IOException {
    try (Front front = Front.with().maxResets(2).start();
        FrameClient client = FrameClient.connect(front.port())) {
      client.call(1, REDIRECT).reset(1).call(3, REDIRECT).reset(3);
      assertThat(client.sync()).isEmpty();
      client.call(5, REDIRECT).reset(5);
      assertThat(client.toEnd()).isEqualTo("GOAWAY(5,ENHANCE_YOUR_CALM,too_many_rsts) closed");
    }
  }

  @Test
  void shutdownWaitsForCallsAndTakesNoNewOnes() throws Exception {
    BlockingQueue<RedirectCall> calls = new LinkedBlockingQueue<>();
    try (Front front = Front.with().handler(calls::add).start();
        FrameClient busy = FrameClient.connect(front.port());
        FrameClient idle = FrameClient.connect(front.port());
        FrameClient silent = FrameClient.open(front.port())) {
      busy.call(1, REDIRECT, EMPTY);
      RedirectCall call = calls.poll(10, TimeUnit.SECONDS);
      assertThat(call).isNotNull();
      idle.sync();

      front.server().shutdown();

      assertThat(silent.toEnd()).isEqualTo("closed");
      for (FrameClient client : new FrameClient[] {busy, idle}) {
        assertThat(client.until("PING")).contains("GOAWAY(2147483647,NO_ERROR,app_requested)");
        acknowledge(client);
      }
      assertThat(idle.toEnd()).isEqualTo("GOAWAY(0,NO_ERROR,app_requested) closed");
      assertThat(front.server().awaitTermination(SHORT)).isFalse();
      call.answer(Front.ANSWER, new Metadata());
      assertThat(busy.toEnd())
          .startsWith("GOAWAY(1,NO_ERROR,app_requested) 1:200")
          .endsWith("1:grpc-status=0. closed");
      assertThat(front.server().awaitTermination(LONG)).isTrue();
    }
  }

  @Test
  void closingEndsAllCalls() throws Exception {
    try (Front front = Front.with().start();
        FrameClient client = FrameClient.connect(front.port())) {
      client.call(1, HEALTH_WATCH, EMPTY).sync();
      front.server().close();
      assertThat(client.toEnd()).isEqualTo("RST(1,CANCEL) closed");
      assertThat(front.server().awaitTermination(LONG)).isTrue();
      assertThat(front.event()).isEqualTo("started " + HEALTH_WATCH);
      assertThat(front.event()).isEqualTo("UNAVAILABLE " + HEALTH_WATCH);
    }
  }

  @Test
  void aClientThatDoesNotReadIsNotReadFrom() throws Exception {
    try (Front front = Front.with().maxStreams(1_000_000).start();
        FrameClient client = FrameClient.connect(front.port());
        FrameClient other = FrameClient.connect(front.port())) {
      int calls = 0;
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
      Thread writer = new Thread(() -> writeCalls(client));
      writer.start();
      while (System.nanoTime() < end) {
        other.call(2 * calls + 1, REDIRECT, EMPTY);
        other.until((2 * calls + 1) + ":grpc");
        other.windowUpdate(0, 59);
        calls++;
      }
      client.disconnect();
      writer.join(10_000);
      assertThat(calls).isGreaterThan(10);
    }
  }

  private static void writeCalls(FrameClient client) {
    try {
      client.windowUpdate(0, Integer.MAX_VALUE - 65_535);
      for (int id = 1; ; id += 2) {
        client.call(id, REDIRECT, EMPTY);
      }
    } catch (IOException e) {
      // Closed by the test.
    }
  }

  private static void acknowledge(FrameClient client) throws IOException {
    client.frame(PING, ACK, 0, ByteBuffer.allocate(8).putLong(0x97acef001L).array());
  }

  private static ServerOptions.Timing timing(
      Duration handshake, Duration idle, Duration age, Duration grace) {
    return new ServerOptions.Timing(
        handshake,
        LONG,
        LONG,
        idle,
        age.equals(LONG) ? Duration.ZERO : age,
        grace,
        LONG,
        LONG,
        LONG);
  }
}
