package io.redirectbalancer.http2;

import static io.redirectbalancer.http2.FrameClient.ACK;
import static io.redirectbalancer.http2.FrameClient.CONTINUATION;
import static io.redirectbalancer.http2.FrameClient.DATA;
import static io.redirectbalancer.http2.FrameClient.END_HEADERS;
import static io.redirectbalancer.http2.FrameClient.END_STREAM;
import static io.redirectbalancer.http2.FrameClient.HEADERS;
import static io.redirectbalancer.http2.FrameClient.INITIAL_WINDOW_SIZE;
import static io.redirectbalancer.http2.FrameClient.PING;
import static io.redirectbalancer.http2.FrameClient.PRIORITY;
import static io.redirectbalancer.http2.FrameClient.SETTINGS;
import static io.redirectbalancer.http2.FrameClient.WINDOW_UPDATE;
import static io.redirectbalancer.http2.FrameClient.fields;
import static io.redirectbalancer.http2.FrameClient.integer;
import static io.redirectbalancer.http2.Front.HEALTH_WATCH;
import static io.redirectbalancer.http2.Front.REDIRECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.transport.CloseReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of clients that ask for too much, and of those beside them. */
class LimitsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final byte[] EMPTY = new byte[0];

  @ParameterizedTest
  @ValueSource(
      strings = {
        "empty data",
        "settings",
        "settings acknowledged",
        "priority",
        "window update",
        "pings acknowledged",
        "unknown",
        "going away",
      })
  void aFloodOfFramesThatBringNoProgressEndsTheConnection(String kind) throws Exception {
    try (Front front = Front.start();
        FrameClient client = FrameClient.connect(front.port())) {
      client.call(1, REDIRECT);
      ByteArrayOutputStream flood = new ByteArrayOutputStream();
      for (int i = 0; i < 1_100; i++) {
        flood.writeBytes(useless(kind));
      }
      client.raw(flood.toByteArray());
      assertThat(client.toEnd())
          .endsWith("GOAWAY(1,ENHANCE_YOUR_CALM,too_many_useless_frames) closed");
      assertThat(front.closed()).isEqualTo(CloseReason.USELESS_FRAMES);
    }
  }

  private static byte[] useless(String kind) {
    return switch (kind) {
      case "empty data" -> FrameClient.bytes(DATA, 0, 1, EMPTY);
      case "settings" -> FrameClient.bytes(SETTINGS, 0, 0, EMPTY);
      case "settings acknowledged" -> FrameClient.bytes(SETTINGS, ACK, 0, EMPTY);
      case "priority" -> FrameClient.bytes(PRIORITY, 0, 1, new byte[] {0, 0, 0, 0, 7});
      case "window update" -> FrameClient.bytes(WINDOW_UPDATE, 0, 0, integer(1));
      case "pings acknowledged" -> FrameClient.bytes(PING, ACK, 0, new byte[8]);
      case "going away" -> FrameClient.bytes(FrameClient.GO_AWAY, 0, 0, new byte[8]);
      default -> FrameClient.bytes(200, 0, 0, new byte[5]);
    };
  }

  @Test
  void aBusyClientsWindowsPingsAndPrioritiesAreNoFlood() throws Exception {
    try (Front front = Front.with().quiet().start();
        FrameClient client = FrameClient.connect(front.port())) {
      for (int i = 0; i < 1_000; i++) {
        int id = 2 * i + 1;
        client.call(id, REDIRECT, EMPTY);
        client.raw(useless("window update"));
        client.windowUpdate(0, 59).raw(useless("priority")).raw(useless("unknown"));
        client.until(id + ":grpc");
      }
      assertThat(client.sync()).doesNotContain("GOAWAY");
    }
  }

  @Test
  void emptyContinuationsEndTheConnection() throws Exception {
    try (Front front = Front.start();
        FrameClient client = FrameClient.connect(front.port())) {
      client.frame(HEADERS, 0, 1, EMPTY);
      ByteArrayOutputStream flood = new ByteArrayOutputStream();
      for (int i = 0; i < 100; i++) {
        flood.writeBytes(FrameClient.bytes(CONTINUATION, 0, 1, EMPTY));
      }
      client.raw(flood.toByteArray());
      assertThat(client.toEnd()).contains("ENHANCE_YOUR_CALM").endsWith("closed");
      assertThat(front.closed()).isEqualTo(CloseReason.USELESS_FRAMES);
    }
  }

  @Test
  void answeredCallsMakeUpForResets() throws Exception {
    try (Front front = Front.with().maxResets(2).start();
        FrameClient client = FrameClient.connect(front.port())) {
      client.call(1, REDIRECT).reset(1).call(3, REDIRECT).reset(3);
      client.call(5, REDIRECT, EMPTY).call(7, REDIRECT).reset(7);
      assertThat(client.sync()).contains("5:grpc-status=0.").doesNotContain("GOAWAY");
      client.call(9, REDIRECT).reset(9);
      assertThat(client.toEnd()).isEqualTo("GOAWAY(9,ENHANCE_YOUR_CALM,too_many_rsts) closed");
      assertThat(front.closed()).isEqualTo(CloseReason.RESETS);
    }
  }

  @Test
  void theCancelsOfAStallAreNoAttack() throws Exception {
    try (Front front = Front.with().quiet().handler(call -> {}).maxResets(100_000).start();
        FrameClient client = FrameClient.connect(front.port())) {
      int id = 1;
      for (int stall = 0; stall < 10; stall++) {
        int first = id;
        for (int i = 0; i < 256; i++, id += 2) {
          client.call(id, REDIRECT, EMPTY);
        }
        for (int i = first; i < id; i += 2) {
          client.reset(i);
        }
      }
      assertThat(client.sync()).doesNotContain("GOAWAY");
    }
  }

  /** To begin one costs as much as many calls that are answered here. */
  @Test
  void watchesThatAreCancelledAgainAndAgainEndTheConnection() throws Exception {
    try (Front front = Front.with().quiet().start();
        FrameClient client = FrameClient.connect(front.port())) {
      int last = 2 * FloodGuard.CANCELLED_OTHER_CALLS + 1;
      for (int id = 1; id < last; id += 2) {
        client.call(id, HEALTH_WATCH).reset(id);
      }
      assertThat(client.sync()).doesNotContain("GOAWAY");
      client.call(last, HEALTH_WATCH).windowUpdate(last, 0);
      assertThat(client.toEnd())
          .endsWith("GOAWAY(" + last + ",ENHANCE_YOUR_CALM,too_many_cancelled_calls) closed");
      assertThat(front.closed()).isEqualTo(CloseReason.RESETS);
    }
  }

  @Test
  void tooManyErrorsThatNeedAResetEndTheConnection() throws Exception {
    try (Front front = Front.with().limits(limits(3, 1 << 20, 1 << 20, 32, 1_000)).start();
        FrameClient client = FrameClient.connect(front.port())) {
      for (int i = 0; i < 3; i++) {
        client.call(2 * i + 1, REDIRECT).windowUpdate(2 * i + 1, 0);
      }
      assertThat(client.sync())
          .isEqualTo("RST(1,PROTOCOL_ERROR) RST(3,PROTOCOL_ERROR) RST(5,PROTOCOL_ERROR)");
      client.headers(7, END_STREAM, fields(REDIRECT, ":method", null));
      assertThat(client.toEnd())
          .isEqualTo("RST(7,PROTOCOL_ERROR) GOAWAY(7,ENHANCE_YOUR_CALM,too_many_errors) closed");
      assertThat(front.closed()).isEqualTo(CloseReason.PROVOKED_RESETS);
    }
  }

  @Test
  void aRequestThatDoesNotEndIsEndedAndItsConnectionIsNot() throws Exception {
    try (Front front = Front.with().timing(timing(SHORT, LONG)).start();
        FrameClient client = FrameClient.connect(front.port())) {
      client.call(1, REDIRECT).frame(DATA, 0, 1, new byte[] {0, 0, 0});
      client.headers(3, 0, fields("a", "content-type", "text/html"));
      client.call(5, HEALTH_WATCH);
      client.call(7, HEALTH_WATCH, EMPTY);
      String answers = client.until("5:200") + " " + client.until("RST(5");
      assertThat(answers)
          .contains("1:200")
          .contains("grpc-status=4,grpc-message=the request has not ended in time.")
          .contains("RST(1,NO_ERROR)")
          .contains("RST(3,CANCEL)")
          .contains("RST(5,NO_ERROR)")
          .contains("7:[7]")
          .doesNotContain("RST(7");
      client.call(9, REDIRECT, EMPTY);
      assertThat(client.sync()).contains("9:grpc-status=0.");
      assertThat(front.closed).isEmpty();
    }
  }

  @Test
  void aFrameThatDoesNotEndEndsTheConnection() throws Exception {
    try (Front front = Front.with().timing(timing(SHORT, LONG)).start();
        FrameClient frame = FrameClient.connect(front.port());
        FrameClient block = FrameClient.connect(front.port())) {
      byte[] call = FrameClient.bytes(HEADERS, END_HEADERS, 1, FrameClient.block(fields(REDIRECT)));
      frame.raw(Arrays.copyOf(call, 20));
      assertThat(frame.toEnd()).isEqualTo("GOAWAY(0,ENHANCE_YOUR_CALM,request_timeout) closed");
      block.frame(HEADERS, 0, 1, FrameClient.block(fields(REDIRECT)));
      assertThat(block.toEnd()).isEqualTo("GOAWAY(0,ENHANCE_YOUR_CALM,request_timeout) closed");
      assertThat(front.closed()).isEqualTo(CloseReason.REQUEST_TIMEOUT);
      assertThat(front.closed()).isEqualTo(CloseReason.REQUEST_TIMEOUT);
    }
  }

  @Test
  void aClientThatSaysNothingIsCounted() throws Exception {
    ServerOptions.Timing timing =
        new ServerOptions.Timing(SHORT, LONG, LONG, LONG, Duration.ZERO, LONG, LONG, LONG, LONG);
    try (Front front = Front.with().timing(timing).start();
        FrameClient client = FrameClient.open(front.port())) {
      assertThat(client.toEnd()).isEqualTo("closed");
      assertThat(front.closed()).isEqualTo(CloseReason.HANDSHAKE_TIMEOUT);
    }
  }

  @Test
  void aClientWithoutHttp2IsCounted() throws Exception {
    try (Front front = Front.start();
        FrameClient client = FrameClient.open(front.port())) {
      client.raw("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      assertThat(client.toEnd()).startsWith("GOAWAY(0,PROTOCOL_ERROR");
      assertThat(front.closed()).isEqualTo(CloseReason.PROTOCOL);
    }
  }

  @Test
  void aClientThatGivesNoWindowIsDisconnected() throws Exception {
    try (Front front = Front.with().timing(timing(LONG, SHORT)).start();
        FrameClient stopped = FrameClient.connect(front.port(), INITIAL_WINDOW_SIZE, 0)) {
      stopped.call(1, REDIRECT, EMPTY);
      assertThat(stopped.toEnd()).endsWith("GOAWAY(1,ENHANCE_YOUR_CALM,answers_not_read) closed");
      assertThat(front.closed()).isEqualTo(CloseReason.UNREAD_ANSWERS);
      assertThat(front.event()).isEqualTo("started " + REDIRECT);
      assertThat(front.event()).isEqualTo("CANCELLED " + REDIRECT);
    }
  }

  @Test
  void aClientThatDoesNotReadIsDisconnected() throws Exception {
    String url = Front.ANSWER + "?" + "a".repeat(8_000);
    try (Front front =
            Front.with()
                .quiet()
                .handler(call -> call.answer(url, new Metadata()))
                .timing(timing(LONG, SHORT))
                .start();
        FrameClient client = FrameClient.connect(front.port())) {
      client.windowUpdate(0, Integer.MAX_VALUE - 65_535);
      Thread writer = new Thread(() -> writeCalls(client));
      writer.start();
      assertThat(front.closed()).isEqualTo(CloseReason.UNREAD_ANSWERS);
      writer.join(10_000);
      assertThat(writer.isAlive()).isFalse();
    }
  }

  private static void writeCalls(FrameClient client) {
    try {
      for (int id = 1; ; ) {
        id = calls(client, id, 100);
      }
    } catch (IOException e) {
      // Closed by the server.
    }
  }

  @Test
  void unfinishedRequestsThatHoldTooMuchEndTheConnection() throws Exception {
    try (Front front = Front.with().limits(limits(500, 20_000, 1 << 20, 32, 1_000)).start();
        FrameClient client = FrameClient.connect(front.port())) {
      client.call(1, REDIRECT).frame(DATA, 0, 1, half());
      client.call(3, REDIRECT, EMPTY);
      assertThat(client.sync()).contains("3:grpc-status=0.");
      client.call(5, REDIRECT).frame(DATA, 0, 5, half());
      assertThat(client.toEnd())
          .isEqualTo("GOAWAY(5,ENHANCE_YOUR_CALM,too_many_unfinished_requests) closed");
      assertThat(front.closed()).isEqualTo(CloseReason.UNFINISHED_REQUESTS);
    }
  }

  @Test
  void headersOfManyShortFieldsHoldMoreThanTheirBytes() throws Exception {
    Map<String, String> many = fields(REDIRECT);
    for (int i = 0; i < 150; i++) {
      many.put("x-" + i, "");
    }
    try (Front front = Front.with().limits(limits(500, 40_000, 1 << 20, 32, 1_000)).start();
        FrameClient client = FrameClient.connect(front.port())) {
      client.headers(1, 0, many);
      assertThat(client.sync()).isEmpty();
      client.headers(3, 0, many);
      assertThat(client.toEnd())
          .isEqualTo("GOAWAY(3,ENHANCE_YOUR_CALM,too_many_unfinished_requests) closed");
    }
  }

  @Test
  void whatEndsHoldsNothing() throws Exception {
    try (Front front = Front.with().limits(limits(500, 20_000, 20_000, 32, 1_000)).start();
        FrameClient client = FrameClient.connect(front.port())) {
      for (int id = 1; id < 20; id += 4) {
        client.call(id, REDIRECT).frame(DATA, 0, id, half()).reset(id);
        client.call(id + 2, REDIRECT, EMPTY).until((id + 2) + ":grpc-status=0.");
      }
      assertThat(front.closed).isEmpty();
    }
  }

  @Test
  void theConnectionThatHoldsMostGoesFirst() throws Exception {
    try (Front front = Front.with().limits(limits(500, 1 << 20, 50_000, 32, 1_000)).start();
        FrameClient heavy = FrameClient.connect(front.port());
        FrameClient light = FrameClient.connect(front.port())) {
      heavy.call(1, REDIRECT).frame(DATA, 0, 1, half());
      heavy.call(3, REDIRECT).frame(DATA, 0, 3, half());
      heavy.call(5, REDIRECT).frame(DATA, 0, 5, half()).sync();
      light.call(1, REDIRECT).frame(DATA, 0, 1, half());
      assertThat(heavy.toEnd())
          .isEqualTo("GOAWAY(5,ENHANCE_YOUR_CALM,too_many_unfinished_requests) closed");
      assertThat(front.closed()).isEqualTo(CloseReason.MEMORY);
      light.call(3, REDIRECT, EMPTY);
      assertThat(light.sync()).contains("3:grpc-status=0.");
    }
  }

  /** The most of a request that may still come to an end: 12 KiB are announced. */
  private static byte[] half() {
    byte[] data = new byte[10_000];
    data[3] = (12 * 1024) >> 8;
    return data;
  }

  @Test
  void watchesAreLimitedByConnectionAndInAll() throws Exception {
    try (Front front = Front.with().limits(limits(500, 1 << 20, 1 << 20, 2, 3)).start();
        FrameClient first = FrameClient.connect(front.port());
        FrameClient second = FrameClient.connect(front.port())) {
      first.call(1, HEALTH_WATCH, EMPTY).call(3, HEALTH_WATCH, EMPTY);
      assertThat(first.until("3:[7]")).contains("1:[7]");
      first.call(5, HEALTH_WATCH, EMPTY);
      assertThat(first.sync()).as("the third").contains("5:200").contains("grpc-status=8");
      second.call(1, HEALTH_WATCH, EMPTY).until("1:[7]");
      second.call(3, HEALTH_WATCH, EMPTY);
      assertThat(second.sync()).as("the fourth of all").contains("grpc-status=8");

      first.reset(1).sync();
      second.call(5, HEALTH_WATCH, EMPTY);
      assertThat(second.until("5:[7]")).contains("5:[7]");
      assertThat(front.closed).isEmpty();
    }
  }

  @Test
  void aBlockChangesTheTablesSizeTwiceAtMost() throws Exception {
    try (Front front = Front.start();
        FrameClient client = FrameClient.connect(front.port())) {
      byte[] twice = {0x20, 0x3f, (byte) 0xe1, 0x1f};
      byte[] threeTimes = {0x20, 0x3f, (byte) 0xe1, 0x1f, 0x20};
      client.frame(HEADERS, END_HEADERS, 1, joined(twice, FrameClient.block(fields(REDIRECT))));
      client.frame(DATA, END_STREAM, 1, FrameClient.message(0, EMPTY));
      assertThat(client.sync()).contains("1:grpc-status=0.");
      client.frame(
          HEADERS, END_HEADERS, 3, joined(threeTimes, FrameClient.block(fields(REDIRECT))));
      assertThat(client.toEnd()).startsWith("GOAWAY(1,COMPRESSION_ERROR,the table's size");
    }
  }

  @Test
  void anOverloadedLoopRejectsCallsAndRecovers() throws Exception {
    BlockingQueue<String> begun = new LinkedBlockingQueue<>();
    try (Front front =
            Front.with()
                .quiet()
                .limits(new Limits(20, 1_000, 500, 1_000, 1 << 20, 1 << 20, 1 << 20, 32, 100))
                .handler(call -> answerSlowly(call, begun))
                .start();
        FrameClient client = FrameClient.connect(front.port())) {
      int id = 1;
      for (int batch = 0; batch < 6; batch++) {
        id = calls(client, id, 30 + 10 * batch);
        assertThat(begun.poll(10, TimeUnit.SECONDS)).as("batch " + batch).isNotNull();
      }
      assertThat(client.until((id - 2) + ":200"))
          .contains("1:grpc-status=0.")
          .contains(
              ":200,content-type=application/grpc,grpc-status=8,"
                  + "grpc-message=overloaded; try another instance, or later,"
                  + "grpc-retry-pushback-ms=1000.");

      // A call at a time is never rejected, and after some of them the overload is over.
      for (int i = 0; i < 150; i++) {
        client.call(id, REDIRECT, EMPTY).until(id + ":grpc-status=0.");
        id += 2;
      }
      id = calls(client, id, 15);
      assertThat(client.until((id - 2) + ":grpc-status=0.")).doesNotContain("grpc-status=8");
    }
  }

  private static int calls(FrameClient client, int firstId, int count) throws IOException {
    ByteArrayOutputStream calls = new ByteArrayOutputStream();
    int id = firstId;
    for (int i = 0; i < count; i++, id += 2) {
      calls.writeBytes(
          FrameClient.bytes(HEADERS, END_HEADERS, id, FrameClient.block(fields(REDIRECT))));
      calls.writeBytes(FrameClient.bytes(DATA, END_STREAM, id, FrameClient.message(0, EMPTY)));
    }
    client.raw(calls.toByteArray());
    return id;
  }

  private static void answerSlowly(RedirectCall call, BlockingQueue<String> begun) {
    begun.add("begun");
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    call.answer(Front.ANSWER, new Metadata());
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static Limits limits(
      int provokedResets, int held, long heldInAll, int otherCalls, int otherCallsInAll) {
    return new Limits(
        256, 1_000, provokedResets, 1_000, held, heldInAll, 1 << 20, otherCalls, otherCallsInAll);
  }

  private static ServerOptions.Timing timing(Duration request, Duration unread) {
    return new ServerOptions.Timing(
        LONG, request, unread, LONG, Duration.ZERO, LONG, LONG, LONG, LONG);
  }
}
