package io.redirectbalancer.http2;

import static io.redirectbalancer.http2.FrameClient.CONTINUATION;
import static io.redirectbalancer.http2.FrameClient.DATA;
import static io.redirectbalancer.http2.FrameClient.END_HEADERS;
import static io.redirectbalancer.http2.FrameClient.END_STREAM;
import static io.redirectbalancer.http2.FrameClient.GO_AWAY;
import static io.redirectbalancer.http2.FrameClient.HEADERS;
import static io.redirectbalancer.http2.FrameClient.HEADER_TABLE_SIZE;
import static io.redirectbalancer.http2.FrameClient.INITIAL_WINDOW_SIZE;
import static io.redirectbalancer.http2.FrameClient.MAX_FRAME_SIZE;
import static io.redirectbalancer.http2.FrameClient.PADDED;
import static io.redirectbalancer.http2.FrameClient.PING;
import static io.redirectbalancer.http2.FrameClient.PRIORITY;
import static io.redirectbalancer.http2.FrameClient.PUSH_PROMISE;
import static io.redirectbalancer.http2.FrameClient.RST_STREAM;
import static io.redirectbalancer.http2.FrameClient.SETTINGS;
import static io.redirectbalancer.http2.FrameClient.WITH_PRIORITY;
import static io.redirectbalancer.http2.FrameClient.block;
import static io.redirectbalancer.http2.FrameClient.fields;
import static io.redirectbalancer.http2.FrameClient.integer;
import static io.redirectbalancer.http2.FrameClient.message;
import static io.redirectbalancer.http2.Front.REDIRECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.proto.Request;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** What each frame does, valid or not: RFC 9113, sections 3 to 8. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FramesTest {
  private static final byte[] MESSAGE =
      Request.newBuilder().setVideo("http://s1.origin-cluster/a").build().toByteArray();

  private static final String HEADERS_OF_ANSWER =
      "200,content-type=application/grpc,grpc-encoding=identity";

  private static final String ANSWER = answer(1);

  private final Front front;

  FramesTest() throws IOException {
    front = Front.with().quiet().maxStreams(4).start();
  }

  @AfterAll
  void stop() {
    front.close();
  }

  private static String answer(int id) {
    return id + ":" + HEADERS_OF_ANSWER + " " + id + ":[59] " + id + ":grpc-status=0.";
  }

  private interface Conversation {
    String with(FrameClient client) throws IOException;
  }

  private DynamicTest row(String name, String expected, Conversation conversation) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          try (FrameClient client = FrameClient.connect(front.port())) {
            assertThat(conversation.with(client)).isEqualTo(expected);
          }
          try (FrameClient other = FrameClient.connect(front.port())) {
            assertThat(other.call(1, REDIRECT, MESSAGE).sync()).as("another one").isEqualTo(ANSWER);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> validFrames() {
    return Stream.of(
        row("a call", ANSWER, client -> client.call(1, REDIRECT, MESSAGE).sync()),
        row(
            "calls, some numbers left out",
            answer(3) + " " + answer(9),
            client -> client.call(3, REDIRECT, MESSAGE).call(9, REDIRECT, MESSAGE).sync()),
        row(
            "padding",
            ANSWER,
            client ->
                client
                    .frame(HEADERS, END_HEADERS | PADDED, 1, padded(block(fields(REDIRECT)), 20))
                    .frame(DATA, END_STREAM | PADDED, 1, padded(message(0, MESSAGE), 255))
                    .sync()),
        row(
            "priority, in headers and by itself, on any stream",
            ANSWER,
            client ->
                client
                    .frame(PRIORITY, 0, 77, new byte[5])
                    .frame(
                        HEADERS,
                        END_HEADERS | WITH_PRIORITY,
                        1,
                        concat(new byte[5], block(fields(REDIRECT))))
                    .frame(DATA, END_STREAM, 1, message(0, MESSAGE))
                    .frame(PRIORITY, 0, 1, new byte[5])
                    .sync()),
        row(
            "headers in parts",
            ANSWER,
            client -> {
              byte[] block = block(fields(REDIRECT));
              client.frame(HEADERS, 0, 1, Arrays.copyOf(block, 10));
              client.frame(CONTINUATION, 0, 1, Arrays.copyOfRange(block, 10, 20));
              client.frame(
                  CONTINUATION, END_HEADERS, 1, Arrays.copyOfRange(block, 20, block.length));
              return client.frame(DATA, END_STREAM, 1, message(0, MESSAGE)).sync();
            }),
        row(
            "data in parts, some of them empty",
            ANSWER,
            client -> {
              byte[] data = message(0, MESSAGE);
              client.call(1, REDIRECT);
              client.frame(DATA, 0, 1, Arrays.copyOf(data, 3));
              client.frame(DATA, 0, 1, new byte[0]);
              client.frame(DATA, 0, 1, Arrays.copyOfRange(data, 3, 7));
              client.frame(DATA, 0, 1, Arrays.copyOfRange(data, 7, data.length));
              return client.frame(DATA, END_STREAM, 1, new byte[0]).sync();
            }),
        row(
            "bytes one by one",
            ANSWER,
            client -> {
              for (byte b : FrameClient.bytes(HEADERS, END_HEADERS, 1, block(fields(REDIRECT)))) {
                client.raw(new byte[] {b});
              }
              for (byte b : FrameClient.bytes(DATA, END_STREAM, 1, message(0, MESSAGE))) {
                client.raw(new byte[] {b});
              }
              return client.sync();
            }),
        row(
            "trailers",
            ANSWER,
            client ->
                client
                    .call(1, REDIRECT)
                    .frame(DATA, 0, 1, message(0, MESSAGE))
                    .headers(1, END_STREAM, Map.of("x-checksum", "1"))
                    .sync()),
        row(
            "unknown frames, settings and flags",
            ANSWER,
            client ->
                client
                    .frame(0x42, 0xff, 1, new byte[100])
                    .settings(0x4242, 7)
                    .call(1, REDIRECT, MESSAGE)
                    .sync()),
        row(
            "a reset, then the same again",
            "",
            client -> client.call(1, REDIRECT).reset(1).reset(1).sync()),
        row(
            "data after the client's reset",
            "RST(1,STREAM_CLOSED)",
            client -> client.call(1, REDIRECT).reset(1).frame(DATA, 0, 1, new byte[3]).sync()),
        row(
            "the client's GOAWAY; it still gets its answers",
            ANSWER,
            client -> client.frame(GO_AWAY, 0, 0, new byte[8]).call(1, REDIRECT, MESSAGE).sync()),
        row(
            "a stream too many is refused; it counts until its answer has been sent",
            "RST(9,REFUSED_STREAM)",
            client -> {
              for (int id = 1; id <= 9; id += 2) {
                client.call(id, REDIRECT);
              }
              return client.sync();
            }),
        row(
            "answers that are not sent count as open",
            HEADERS_OF_ANSWER.replaceAll("^", "1:")
                + " 3:"
                + HEADERS_OF_ANSWER
                + " 5:"
                + HEADERS_OF_ANSWER
                + " 7:"
                + HEADERS_OF_ANSWER
                + " RST(9,REFUSED_STREAM)",
            client -> {
              client.settings(INITIAL_WINDOW_SIZE, 0);
              for (int id = 1; id <= 9; id += 2) {
                client.call(id, REDIRECT, MESSAGE);
              }
              return client.sync();
            }));
  }

  @TestFactory
  Stream<DynamicTest> errorsOfStreams() {
    return Stream.of(
        streamError("no :method", "PROTOCOL_ERROR", fields(REDIRECT, ":method", null)),
        streamError("no :scheme", "PROTOCOL_ERROR", fields(REDIRECT, ":scheme", null)),
        streamError("no :path", "PROTOCOL_ERROR", fields(REDIRECT, ":path", null)),
        streamError("an empty :path", "PROTOCOL_ERROR", fields(REDIRECT, ":path", "")),
        streamError("a :status", "PROTOCOL_ERROR", fields(REDIRECT, ":status", "200")),
        streamError("an unknown pseudo-header", "PROTOCOL_ERROR", fields(REDIRECT, ":x", "1")),
        streamError("upper case", "PROTOCOL_ERROR", fields(REDIRECT, "X-Upper", "1")),
        streamError("connection", "PROTOCOL_ERROR", fields(REDIRECT, "connection", "close")),
        streamError("te", "PROTOCOL_ERROR", fields(REDIRECT, "te", "gzip")),
        streamError("a line break in a value", "PROTOCOL_ERROR", fields(REDIRECT, "x", "a\r\nb")),
        streamError("a line break in :path", "PROTOCOL_ERROR", fields("a\r\nb")),
        streamError("no number", "PROTOCOL_ERROR", fields(REDIRECT, "content-length", "-1")),
        row(
            "a content-length that lies",
            "RST(1,PROTOCOL_ERROR)",
            client ->
                client
                    .call(1, fields(REDIRECT, "content-length", "3"), message(0, MESSAGE))
                    .sync()),
        row(
            "a content-length that promises more",
            "RST(1,PROTOCOL_ERROR)",
            client ->
                client
                    .call(1, fields(REDIRECT, "content-length", "300"), message(0, MESSAGE))
                    .sync()),
        row(
            "trailers that do not end the request",
            "RST(1,PROTOCOL_ERROR)",
            client -> client.call(1, REDIRECT).headers(1, 0, Map.of("a", "b")).sync()),
        row(
            "pseudo-headers in trailers",
            "RST(1,PROTOCOL_ERROR)",
            client ->
                client.call(1, REDIRECT).headers(1, END_STREAM, Map.of(":path", "/a")).sync()),
        row(
            "a window that grows by nothing",
            "RST(1,PROTOCOL_ERROR)",
            client -> client.call(1, REDIRECT).windowUpdate(1, 0).sync()),
        row(
            "a window that grows too large",
            "RST(1,FLOW_CONTROL_ERROR)",
            client -> client.call(1, REDIRECT).windowUpdate(1, Integer.MAX_VALUE).sync()),
        row(
            "more headers than 8 KiB",
            "1:431. RST(1,NO_ERROR)",
            client -> client.headers(1, 0, fields(REDIRECT, "x", "y".repeat(9_000))).sync()));
  }

  /** After a stream's error the connection works as before. */
  private DynamicTest streamError(String name, String code, Map<String, String> fields) {
    return row(
        name,
        "RST(1," + code + ") " + answer(3),
        client ->
            client.headers(1, END_STREAM, pseudoFirst(fields)).call(3, REDIRECT, MESSAGE).sync());
  }

  private static Map<String, String> pseudoFirst(Map<String, String> fields) {
    return new TreeMap<>(fields);
  }

  @TestFactory
  Stream<DynamicTest> errorsOfTheConnection() {
    return Stream.of(
        connectionError("an even number", "PROTOCOL_ERROR", client -> client.call(2, REDIRECT)),
        connectionError(
            "a number that goes back",
            "PROTOCOL_ERROR",
            client -> client.call(5, REDIRECT).call(3, REDIRECT)),
        connectionError(
            "headers again after the end of the stream",
            "STREAM_CLOSED",
            client -> client.call(1, REDIRECT, MESSAGE).call(1, REDIRECT)),
        connectionError(
            "data on an idle stream",
            "PROTOCOL_ERROR",
            client -> client.frame(DATA, 0, 1, new byte[1])),
        connectionError("a reset of an idle stream", "PROTOCOL_ERROR", client -> client.reset(1)),
        connectionError(
            "a window of an idle stream", "PROTOCOL_ERROR", client -> client.windowUpdate(1, 1)),
        connectionError(
            "data of no stream", "PROTOCOL_ERROR", client -> client.frame(DATA, 0, 0, new byte[1])),
        connectionError(
            "a push",
            "PROTOCOL_ERROR",
            client ->
                client
                    .call(1, REDIRECT)
                    .frame(
                        PUSH_PROMISE, END_HEADERS, 1, concat(integer(2), block(fields(REDIRECT))))),
        connectionError(
            "a frame within headers",
            "PROTOCOL_ERROR",
            client ->
                client
                    .frame(HEADERS, 0, 1, block(fields(REDIRECT)))
                    .frame(PING, 0, 0, new byte[8])),
        connectionError(
            "a continuation of nothing",
            "PROTOCOL_ERROR",
            client -> client.frame(CONTINUATION, END_HEADERS, 1, new byte[1])),
        connectionError(
            "a frame that is too long",
            "FRAME_SIZE_ERROR",
            client -> client.call(1, REDIRECT).frame(DATA, 0, 1, new byte[16_385])),
        connectionError(
            "settings of a wrong length",
            "FRAME_SIZE_ERROR",
            client -> client.frame(SETTINGS, 0, 0, new byte[5])),
        connectionError(
            "an invalid setting", "PROTOCOL_ERROR", client -> client.settings(MAX_FRAME_SIZE, 1)),
        connectionError(
            "an invalid window",
            "FLOW_CONTROL_ERROR",
            client -> client.settings(INITIAL_WINDOW_SIZE, -1)),
        connectionError(
            "the connection's window grows by nothing",
            "PROTOCOL_ERROR",
            client -> client.windowUpdate(0, 0)),
        connectionError(
            "the connection's window grows too large",
            "FLOW_CONTROL_ERROR",
            client -> client.windowUpdate(0, Integer.MAX_VALUE)),
        connectionError(
            "settings make a stream's window too large",
            "FLOW_CONTROL_ERROR",
            client ->
                client
                    .call(1, REDIRECT)
                    .windowUpdate(1, Integer.MAX_VALUE - 65_535)
                    .settings(INITIAL_WINDOW_SIZE, 65_536)),
        connectionError(
            "headers that cannot be decoded",
            "COMPRESSION_ERROR",
            client -> client.frame(HEADERS, END_HEADERS, 1, new byte[] {(byte) 0xff, 0x7f})),
        connectionError(
            "padding beyond the frame",
            "PROTOCOL_ERROR",
            client -> client.call(1, REDIRECT).frame(DATA, PADDED, 1, new byte[] {100, 1})),
        connectionError(
            "a reset of a wrong length",
            "FRAME_SIZE_ERROR",
            client -> client.call(1, REDIRECT).frame(RST_STREAM, 0, 1, new byte[3])));
  }

  private interface Step {
    FrameClient with(FrameClient client) throws IOException;
  }

  private DynamicTest connectionError(String name, String code, Step step) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          try (FrameClient client = FrameClient.connect(front.port())) {
            assertThat(step.with(client).toEnd()).contains("," + code + ",").endsWith(" closed");
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> prefaces() {
    return Stream.of(
        preface("HTTP/1.1", ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
        preface("junk", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}),
        preface("no settings", concat(ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), ping())),
        preface(
            "an acknowledgement first",
            concat(
                ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                FrameClient.bytes(SETTINGS, 1, 0, new byte[0]))));
  }

  private DynamicTest preface(String name, byte[] bytes) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          try (FrameClient client = FrameClient.open(front.port())) {
            assertThat(client.raw(bytes).toEnd()).matches("GOAWAY\\(0,PROTOCOL_ERROR,.*\\) closed");
          }
        });
  }

  @Test
  void threeEarlyPingsCloseTheConnection() throws IOException {
    try (FrameClient client = FrameClient.connect(front.port())) {
      for (int i = 0; i < 3; i++) {
        client.frame(PING, 0, 0, new byte[8]);
      }
      assertThat(client.toEnd())
          .isEqualTo("PONG PONG GOAWAY(0,ENHANCE_YOUR_CALM,too_many_pings) closed");
    }
  }

  @Test
  void anAnswerWaitsForTheStreamsWindow() throws IOException {
    try (FrameClient client = FrameClient.connect(front.port(), INITIAL_WINDOW_SIZE, 0)) {
      assertThat(client.call(1, REDIRECT, MESSAGE).sync()).isEqualTo("1:" + HEADERS_OF_ANSWER);
      assertThat(client.windowUpdate(1, 10).sync()).isEqualTo("1:[10]");
      assertThat(client.settings(INITIAL_WINDOW_SIZE, 1).sync()).isEqualTo("1:[1]");
      assertThat(client.settings(INITIAL_WINDOW_SIZE, 100).until("1:grpc"))
          .isEqualTo("1:[48] 1:grpc-status=0.");
    }
  }

  @Test
  void aWindowMayBecomeNegative() throws IOException {
    try (FrameClient client = FrameClient.connect(front.port(), INITIAL_WINDOW_SIZE, 50)) {
      assertThat(client.call(1, REDIRECT, MESSAGE).sync())
          .isEqualTo("1:" + HEADERS_OF_ANSWER + " 1:[50]");
      client.settings(INITIAL_WINDOW_SIZE, 0).windowUpdate(1, 49);
      assertThat(client.sync()).isEmpty();
      assertThat(client.windowUpdate(1, 10).until("1:grpc")).isEqualTo("1:[9] 1:grpc-status=0.");
    }
  }

  @Test
  void answersWaitForTheConnectionsWindowInTurn() throws IOException {
    try (FrameClient client = FrameClient.connect(front.port())) {
      int answers = 65_535 / 59;
      for (int i = 0; i < answers; i++) {
        client.call(2 * i + 1, REDIRECT, MESSAGE);
        client.until((2 * i + 1) + ":grpc");
      }
      int left = 65_535 - answers * 59;
      int next = 2 * answers + 1;
      client.call(next, REDIRECT, MESSAGE).call(next + 2, REDIRECT, MESSAGE);
      assertThat(client.sync())
          .isEqualTo(
              next
                  + ":"
                  + HEADERS_OF_ANSWER
                  + " "
                  + next
                  + ":["
                  + left
                  + "] "
                  + (next + 2)
                  + ":"
                  + HEADERS_OF_ANSWER);
      client.windowUpdate(0, 1000);
      assertThat(client.until((next + 2) + ":grpc"))
          .isEqualTo(
              next
                  + ":["
                  + (59 - left)
                  + "] "
                  + next
                  + ":grpc-status=0. "
                  + (next + 2)
                  + ":[59] "
                  + (next + 2)
                  + ":grpc-status=0.");
    }
  }

  @Test
  void anAnswerThatWaitsAndIsResetLeavesNothingBehind() throws IOException {
    try (FrameClient client = FrameClient.connect(front.port())) {
      int id = 1;
      for (int taken = 0; taken < 65_535; taken += 59, id += 2) {
        client.call(id, REDIRECT, MESSAGE).until(id + ":[");
      }
      for (int i = 0; i < 20; i++, id += 2) {
        assertThat(client.call(id, REDIRECT, MESSAGE).sync()).endsWith(HEADERS_OF_ANSWER);
        client.reset(id);
      }
      client.windowUpdate(0, 1 << 20);
      assertThat(client.call(id, REDIRECT, MESSAGE).until(id + ":grpc")).endsWith(answer(id));
    }
  }

  @Test
  void dataBeyondTheWindowsIsAnError() throws IOException {
    try (FrameClient client = FrameClient.connect(front.port())) {
      // Rejected at 12 KiB; what is on its way is ignored, but still counts.
      client.call(1, REDIRECT);
      client.frame(DATA, 0, 1, concat(new byte[] {0}, integer(100_000)));
      for (int sent = 0; sent <= Frames.CONNECTION_WINDOW / 2; sent += 16_384) {
        client.frame(DATA, 0, 1, new byte[16_384]);
      }
      assertThat(client.sync()).contains("12288 bytes", "RST(1,NO_ERROR)", "WINDOW(0,");
    }
  }

  @Test
  void tablesChangeTheirSizeAtAnyTime() throws IOException {
    try (FrameClient client = FrameClient.connect(front.port(), HEADER_TABLE_SIZE, 0)) {
      int id = 1;
      for (int size : new int[] {0, 4096, 100, 65_536, 4096, 0, 4096}) {
        client.settings(HEADER_TABLE_SIZE, size);
        for (int i = 0; i < 3; i++, id += 2) {
          client.call(id, REDIRECT, MESSAGE);
          assertThat(client.until(id + ":grpc")).isEqualTo(answer(id));
        }
      }
    }
  }

  private static byte[] ping() {
    return FrameClient.bytes(PING, 0, 0, new byte[8]);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] padded(byte[] bytes, int padding) {
    return ByteBuffer.allocate(1 + bytes.length + padding).put((byte) padding).put(bytes).array();
  }

  private static byte[] concat(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }
}
