package io.redirectbalancer.http2;

import static io.redirectbalancer.http2.FrameClient.DATA;
import static io.redirectbalancer.http2.FrameClient.END_STREAM;
import static io.redirectbalancer.http2.FrameClient.INITIAL_WINDOW_SIZE;
import static io.redirectbalancer.http2.FrameClient.fields;
import static io.redirectbalancer.http2.FrameClient.message;
import static io.redirectbalancer.http2.Front.ALIAS;
import static io.redirectbalancer.http2.Front.ANSWER;
import static io.redirectbalancer.http2.Front.REDIRECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.call.ServedBy;
import io.redirectbalancer.proto.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** How Redirect calls end: gRPC over HTTP/2. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedirectCallsTest {
  private static final byte[] MESSAGE = request("http://s1.origin-cluster/a");
  private static final String USUAL_HEADERS =
      "1:200,content-type=application/grpc,grpc-encoding=identity";
  private static final String USUAL = USUAL_HEADERS + " 1:[59] 1:grpc-status=0.";

  private final Front front;

  RedirectCallsTest() throws IOException {
    front = Front.start();
  }

  @AfterAll
  void stop() {
    front.close();
  }

  private interface Conversation {
    FrameClient with(FrameClient client) throws IOException;
  }

  /** What a call is answered with, and what it counts as. */
  private DynamicTest row(String name, String answer, String counted, Conversation conversation) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          front.events.clear();
          try (FrameClient client = FrameClient.connect(front.port())) {
            assertThat(conversation.with(client).sync()).isEqualTo(answer);
          }
          String events = counted.isEmpty() ? "" : "started " + REDIRECT + "," + counted;
          assertThat(String.join(",", front.events))
              .isEqualTo(counted.isEmpty() ? events : events + " " + REDIRECT);
        });
  }

  private static String error(Status.Code code, String message) {
    return "1:200,content-type=application/grpc,grpc-status="
        + code.value()
        + ",grpc-message="
        + message
        + ".";
  }

  @TestFactory
  Stream<DynamicTest> messages() throws IOException {
    byte[] packed = gzip(MESSAGE);
    return Stream.of(
        row("one", USUAL, "OK", client -> client.call(1, REDIRECT, MESSAGE)),
        row(
            "packed",
            USUAL,
            "OK",
            client ->
                client.call(1, fields(REDIRECT, "grpc-encoding", "gzip"), message(1, packed))),
        row(
            "not packed, although they may be",
            USUAL,
            "OK",
            client ->
                client.call(1, fields(REDIRECT, "grpc-encoding", "gzip"), message(0, MESSAGE))),
        row(
            "packed without an encoding",
            error(
                Status.Code.INTERNAL,
                "Can't decode compressed gRPC message as compression not configured"),
            "INTERNAL",
            client -> client.call(1, REDIRECT).frame(DATA, END_STREAM, 1, message(1, packed))),
        row(
            "not what they say",
            error(
                Status.Code.INVALID_ARGUMENT,
                "malformed message (expected: a protobuf message of the method's request type)"),
            "INVALID_ARGUMENT",
            client ->
                client.call(1, fields(REDIRECT, "grpc-encoding", "gzip"), message(1, MESSAGE))),
        row(
            "packed beyond the limit",
            error(Status.Code.INVALID_ARGUMENT, "message too large once unpacked"),
            "INVALID_ARGUMENT",
            client ->
                client.call(
                    1,
                    fields(REDIRECT, "grpc-encoding", "gzip"),
                    message(1, gzip(new byte[1 << 20])))),
        row(
            "an unknown encoding",
            "1:200,content-type=application/grpc,grpc-status=12,grpc-message=Can't find"
                + " decompressor for br,grpc-accept-encoding=identity,gzip. RST(1,NO_ERROR)",
            "UNIMPLEMENTED",
            client -> client.headers(1, 0, fields(REDIRECT, "grpc-encoding", "br"))),
        row(
            "none",
            error(Status.Code.INTERNAL, "no message (expected: 1)"),
            "INTERNAL",
            client -> client.headers(1, END_STREAM, fields(REDIRECT))),
        row(
            "two",
            "RST(1,CANCEL)",
            "INTERNAL",
            client ->
                client
                    .call(1, REDIRECT)
                    .frame(DATA, 0, 1, message(0, MESSAGE))
                    .frame(DATA, END_STREAM, 1, message(0, MESSAGE))),
        row(
            "shorter than their prefix says",
            error(Status.Code.INTERNAL, "Encountered end-of-stream mid-frame"),
            "INTERNAL",
            client ->
                client
                    .call(1, REDIRECT)
                    .frame(DATA, END_STREAM, 1, Arrays.copyOf(message(0, MESSAGE), 20))),
        row(
            "longer than is allowed, but not sent",
            error(Status.Code.INTERNAL, "no message (expected: 1)"),
            "INTERNAL",
            client -> client.call(1, REDIRECT).frame(DATA, END_STREAM, 1, prefix(0, 1 << 20))),
        row(
            "longer than anything may be",
            error(
                    Status.Code.RESOURCE_EXHAUSTED,
                    "gRPC message exceeds maximum size 1048576: 1048577")
                + " RST(1,NO_ERROR)",
            "RESOURCE_EXHAUSTED",
            client -> client.call(1, REDIRECT).frame(DATA, 0, 1, prefix(0, (1 << 20) + 1))),
        row(
            "of a negative length",
            error(Status.Code.RESOURCE_EXHAUSTED, "gRPC message exceeds maximum size 1048576: -1")
                + " RST(1,NO_ERROR)",
            "RESOURCE_EXHAUSTED",
            client -> client.call(1, REDIRECT).frame(DATA, 0, 1, prefix(0, -1))),
        row(
            "with unknown flags",
            error(Status.Code.INTERNAL, "gRPC frame header malformed: reserved bits not zero")
                + " RST(1,NO_ERROR)",
            "INTERNAL",
            client -> client.call(1, REDIRECT).frame(DATA, 0, 1, prefix(2, 10))),
        row(
            "in too many parts",
            error(Status.Code.RESOURCE_EXHAUSTED, "a request comes in at most 32 DATA frames")
                + " RST(1,NO_ERROR)",
            "RESOURCE_EXHAUSTED",
            client -> {
              client.call(1, REDIRECT).frame(DATA, 0, 1, prefix(0, 100));
              for (int i = 0; i < 33; i++) {
                client.frame(DATA, 0, 1, new byte[1]);
              }
              return client;
            }),
        row(
            "malformed",
            error(
                Status.Code.INVALID_ARGUMENT,
                "malformed message (expected: a protobuf message of the method's request type)"),
            "INVALID_ARGUMENT",
            client -> client.call(1, REDIRECT, new byte[] {0x0a, 5, 'a'})));
  }

  @TestFactory
  Stream<DynamicTest> headers() {
    String notFound = "1:404,content-type=text/plain; charset=utf-8,grpc-status=12,grpc-message=";
    String unsupported =
        "1:415,content-type=text/plain; charset=utf-8,grpc-status=13,grpc-message=";
    return Stream.of(
        row(
            "content type with a suffix",
            USUAL,
            "OK",
            client ->
                client.call(
                    1,
                    fields(REDIRECT, "content-type", "Application/grpc+proto"),
                    message(0, MESSAGE))),
        row(
            "content type with a parameter",
            USUAL,
            "OK",
            client ->
                client.call(
                    1,
                    fields(REDIRECT, "content-type", "application/grpc;a=b"),
                    message(0, MESSAGE))),
        row(
            "another content type",
            unsupported + "Content-Type 'application/grpc-web' is not supported 1:[52].",
            "",
            client ->
                client.headers(
                    1, END_STREAM, fields(REDIRECT, "content-type", "application/grpc-web"))),
        row(
            "no content type",
            unsupported + "Content-Type is missing from the request 1:[40].",
            "",
            client -> client.headers(1, END_STREAM, fields(REDIRECT, "content-type", null))),
        row(
            "GET",
            "1:405,content-type=text/plain; charset=utf-8,grpc-status=13,grpc-message=Method"
                + " 'GET' is not supported,allow=POST 1:[29].",
            "",
            client -> client.headers(1, END_STREAM, fields(REDIRECT, ":method", "GET"))),
        row(
            "a path that does not begin with a slash",
            notFound + "Expected path to start with /: * 1:[32].",
            "",
            client -> client.headers(1, END_STREAM, fields(REDIRECT, ":path", "*"))),
        row(
            "an HTTP error before the end of the request",
            unsupported + "Content-Type is missing from the request 1:[40]. RST(1,NO_ERROR)",
            "",
            client ->
                client
                    .headers(1, 0, fields(REDIRECT, "content-type", null))
                    .frame(DATA, 0, 1, new byte[12_289])
                    .frame(DATA, 0, 1, new byte[1])),
        row(
            "a deadline that has passed",
            error(Status.Code.DEADLINE_EXCEEDED, "the call's deadline has passed"),
            "DEADLINE_EXCEEDED",
            client -> client.headers(1, END_STREAM, fields(REDIRECT, "grpc-timeout", "0n"))),
        row(
            "a deadline far away",
            USUAL,
            "OK",
            client ->
                client.call(1, fields(REDIRECT, "grpc-timeout", "99999999H"), message(0, MESSAGE))),
        row(
            "no deadline at all",
            "1:400,content-type=text/plain; charset=utf-8,grpc-status=13,grpc-message=malformed"
                + " grpc-timeout (expected: up to 8 digits and one of n, u, m, S, M, H) 1:[77].",
            "",
            client -> client.headers(1, END_STREAM, fields(REDIRECT, "grpc-timeout", "-1S"))),
        row("a reset", "", "CANCELLED", client -> client.call(1, REDIRECT).reset(1)));
  }

  @Test
  void bothNamesAreAnsweredAndNamedApart() throws Exception {
    front.events.clear();
    try (FrameClient client = FrameClient.connect(front.port())) {
      assertThat(client.call(1, ALIAS, MESSAGE).sync()).isEqualTo(USUAL);
    }
    assertThat(front.event()).isEqualTo("started " + ALIAS);
    assertThat(front.event()).isEqualTo("OK " + ALIAS);
  }

  @Test
  void everyAnswerNamesItsServer() throws IOException {
    try (Front named =
            Front.with()
                .instanceName("b1")
                .handler(
                    call -> {
                      if (call.video().isEmpty()) {
                        call.fail(Status.INVALID_ARGUMENT.withDescription("größer ~ 100%"));
                      } else if (call.video().equals("elsewhere")) {
                        Metadata headers = new Metadata();
                        headers.put(ServedBy.KEY, "b2");
                        call.answer(ANSWER, headers);
                      } else {
                        call.answer(ANSWER, new Metadata());
                      }
                    })
                .start();
        FrameClient client = FrameClient.connect(named.port())) {
      for (int id = 1; id < 9; id += 2) {
        assertThat(client.call(id, REDIRECT, MESSAGE).until(id + ":grpc"))
            .isEqualTo(USUAL.replace("identity", "identity,served-by=b1").replace("1:", id + ":"));
      }
      assertThat(client.call(11, REDIRECT, new byte[0]).until("11:"))
          .isEqualTo(
              "11:200,content-type=application/grpc,served-by=b1,grpc-status=3,"
                  + "grpc-message=gr%C3%B6%C3%9Fer %7E 100%25.");
      assertThat(client.call(13, REDIRECT, request("elsewhere")).until("13:grpc"))
          .isEqualTo(
              "13:200,content-type=application/grpc,grpc-encoding=identity,served-by=b2 13:[59]"
                  + " 13:grpc-status=0.");
    }
  }

  @Test
  void anAnswerThatComesLaterFromAnotherThreadIsSent() throws Exception {
    BlockingQueue<RedirectCall> calls = new LinkedBlockingQueue<>();
    try (Front later = Front.with().handler(calls::add).start();
        FrameClient client = FrameClient.connect(later.port())) {
      client.call(1, REDIRECT, MESSAGE).call(3, REDIRECT, MESSAGE);
      assertThat(client.sync()).isEmpty();
      RedirectCall first = take(calls);
      RedirectCall second = take(calls);
      assertThat(first.peer()).isNotNull();
      assertThat(first.deadline()).isEmpty();

      second.fail(Status.UNAVAILABLE);
      second.answer(ANSWER, new Metadata());
      first.answer(ANSWER, new Metadata());
      first.answer(ANSWER, new Metadata());

      assertThat(client.until("1:grpc"))
          .isEqualTo("3:200,content-type=application/grpc,grpc-status=14. " + USUAL);
      assertThat(client.sync()).isEmpty();
    }
  }

  @Test
  void aHandlerSeesHeadersAndDeadline() throws Exception {
    BlockingQueue<RedirectCall> calls = new LinkedBlockingQueue<>();
    try (Front later = Front.with().handler(calls::add).start();
        FrameClient client = FrameClient.connect(later.port())) {
      Map<String, String> fields = fields(REDIRECT, "grpc-timeout", "30S");
      fields.put("redirect-via", "a,b");
      client.headers(1, 0, fields).frame(DATA, END_STREAM, 1, message(0, MESSAGE)).sync();
      RedirectCall call = take(calls);

      assertThat(call.video()).isEqualTo("http://s1.origin-cluster/a");
      assertThat(call.header(text("redirect-via"))).isEqualTo("a,b");
      assertThat(call.header(text("redirect-fallback"))).isNull();
      assertThat(call.deadline().orElseThrow())
          .isBetween(Duration.ofSeconds(20), Duration.ofSeconds(30));
    }
  }

  @Test
  void aCallIsCancelledByItsCallerItsDeadlineAndTheEndOfItsConnection() throws Exception {
    BlockingQueue<RedirectCall> calls = new LinkedBlockingQueue<>();
    try (Front later = Front.with().handler(calls::add).start();
        FrameClient client = FrameClient.connect(later.port())) {
      client
          .call(1, REDIRECT, MESSAGE)
          .call(3, fields(REDIRECT, "grpc-timeout", "50m"), message(0, MESSAGE))
          .call(5, REDIRECT, MESSAGE);
      List<CountDownLatch> cancelled = new ArrayList<>();
      List<RedirectCall> open = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        CountDownLatch latch = new CountDownLatch(1);
        RedirectCall call = take(calls);
        call.onCancel(latch::countDown);
        cancelled.add(latch);
        open.add(call);
      }

      client.reset(1);
      assertThat(cancelled.get(0).await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(client.until("3:"))
          .isEqualTo(
              error(Status.Code.DEADLINE_EXCEEDED, "the call's deadline has passed")
                  .replaceFirst("1", "3"));
      assertThat(cancelled.get(1).await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(cancelled.get(2).getCount()).isEqualTo(1);
      client.disconnect();
      assertThat(cancelled.get(2).await(10, TimeUnit.SECONDS)).isTrue();

      CountDownLatch atOnce = new CountDownLatch(1);
      open.get(0).onCancel(atOnce::countDown);
      assertThat(atOnce.getCount()).isZero();
      open.forEach(call -> call.answer(ANSWER, new Metadata()));
      assertThat(later.events)
          .containsSubsequence("CANCELLED " + REDIRECT, "DEADLINE_EXCEEDED " + REDIRECT)
          .filteredOn(event -> event.startsWith("CANCELLED"))
          .hasSize(2);
    }
  }

  @Test
  void anHttpErrorThatWaitsForItsWindowIsWrittenOnce() throws IOException {
    try (FrameClient client = FrameClient.connect(front.port(), INITIAL_WINDOW_SIZE, 0)) {
      client.headers(1, 0, fields(REDIRECT, "content-type", null));
      client.frame(DATA, 0, 1, new byte[12_289]).frame(DATA, 0, 1, new byte[1]);
      assertThat(client.frame(DATA, END_STREAM, 1, new byte[1]).sync()).matches("1:415,[^:]*");
      assertThat(client.windowUpdate(1, 100).sync()).isEqualTo("1:[40].");
    }
  }

  @Test
  void anUnfinishedRequestEndsAtItsDeadline() throws IOException {
    try (FrameClient client = FrameClient.connect(front.port())) {
      client.headers(1, 0, fields(REDIRECT, "grpc-timeout", "20m"));
      assertThat(client.until("RST"))
          .isEqualTo(
              error(Status.Code.DEADLINE_EXCEEDED, "the call's deadline has passed")
                  + " RST(1,NO_ERROR)");
    }
  }

  @Test
  void aHandlerThatFailsIsUnknownAsInGrpcAndLoggedOnceASecondAtMost() throws IOException {
    try (CapturedLogs logs = new CapturedLogs();
        Front failing =
            Front.with()
                .handler(
                    call -> {
                      throw new IllegalStateException("secret");
                    })
                .start();
        FrameClient client = FrameClient.connect(failing.port())) {
      assertThat(client.call(1, REDIRECT, MESSAGE).sync())
          .isEqualTo(error(Status.Code.UNKNOWN, "Application error processing RPC"));
      assertThat(client.call(3, REDIRECT, MESSAGE).call(5, REDIRECT, MESSAGE).sync())
          .contains("3:", "5:");
      assertThat(logs.ours()).hasSizeBetween(1, 2);
    }
  }

  @Test
  void aCallThatIsCancelledWhileItsAnswerWaitsCountsAsCancelled() throws Exception {
    front.events.clear();
    try (FrameClient client = FrameClient.connect(front.port(), INITIAL_WINDOW_SIZE, 1)) {
      assertThat(client.call(1, REDIRECT, MESSAGE).sync()).isEqualTo(USUAL_HEADERS + " 1:[1]");
      assertThat(client.reset(1).sync()).isEmpty();
    }
    assertThat(front.events).contains("CANCELLED " + REDIRECT);
  }

  private static RedirectCall take(BlockingQueue<RedirectCall> calls) throws InterruptedException {
    RedirectCall call = calls.poll(10, TimeUnit.SECONDS);
    assertThat(call).isNotNull();
    return call;
  }

  private static Metadata.Key<String> text(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static byte[] request(String video) {
    return Request.newBuilder().setVideo(video).build().toByteArray();
  }

  private static byte[] prefix(int flag, int length) {
    return ByteBuffer.allocate(5).put((byte) flag).putInt(length).array();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }
}
