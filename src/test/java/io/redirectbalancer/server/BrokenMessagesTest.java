package io.redirectbalancer.server;

import static io.redirectbalancer.server.RunningServer.ALIAS;
import static io.redirectbalancer.server.RunningServer.HEALTH_CHECK;
import static io.redirectbalancer.server.RunningServer.HEALTH_WATCH;
import static io.redirectbalancer.server.RunningServer.REDIRECT;
import static io.redirectbalancer.server.RunningServer.REFLECTION_V1;
import static io.redirectbalancer.server.RunningServer.REFLECTION_V1_ALPHA;
import static io.redirectbalancer.server.RunningServer.VIDEO;
import static io.redirectbalancer.server.RunningServer.bytesMethod;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.proto.Request;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that no client built from the contract would send. */
class BrokenMessagesTest {
  /** Field 1, five bytes long, of which only two follow. */
  private static final byte[] TRUNCATED = {0x0a, 5, 'a', 'b'};

  /** Field 1 of two bytes that are no UTF-8. */
  private static final byte[] NOT_UTF_8 = {0x0a, 2, (byte) 0xc3, (byte) 0x28};

  private final RunningServer server = RunningServer.start();
  private final CapturedLogs logs = new CapturedLogs();

  @AfterEach
  void stop() {
    logs.close();
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "unary, " + REDIRECT,
    "unary, " + ALIAS,
    "unary, " + HEALTH_CHECK,
    "server_stream, " + HEALTH_WATCH,
    "bidi_stream, " + REFLECTION_V1,
    "bidi_stream, " + REFLECTION_V1_ALPHA,
  })
  void aMalformedMessageIsRejectedAndCountedWithoutAStackTrace(String type, String method) {
    Status status = server.send(method, TRUNCATED);

    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).startsWith("malformed message (expected: ");
    server.awaitHandled(1);
    assertThat(server.handled(type, method, "InvalidArgument")).isEqualTo(1);
    assertThat(logs.stackTraces()).isEmpty();
    assertThat(logs.ours()).isEmpty();
  }

  @Test
  void textThatIsNotUtf8IsMalformed() {
    assertThat(server.send(REDIRECT, NOT_UTF_8).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(logs.stackTraces()).isEmpty();
  }

  @Test
  void anEmptyMessageIsABlankUrlAndNotMalformed() {
    assertThat(server.send(REDIRECT, new byte[0]).getDescription())
        .startsWith("invalid video URL (blank)");
  }

  @Test
  void aSecondMalformedMessageOfAStreamChangesNothing() throws Exception {
    assertThat(sendBoth(REFLECTION_V1, TRUNCATED, TRUNCATED).getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);

    server.awaitHandled(1);
    assertThat(server.handled("bidi_stream", REFLECTION_V1, "InvalidArgument")).isEqualTo(1);
    assertThat(logs.stackTraces()).isEmpty();
  }

  @Test
  void aUnaryCallOfTwoMessagesFailsWithoutADecision() throws Exception {
    byte[] valid = Request.newBuilder().setVideo(VIDEO).build().toByteArray();

    assertThat(sendBoth(REDIRECT, valid, TRUNCATED).getCode()).isEqualTo(Status.Code.CANCELLED);

    assertThat(server.awaitHandled(1).sum("redirects_total")).isZero();
    assertThat(server.handled("unary", REDIRECT, "Internal")).isEqualTo(1);
    assertThat(logs.stackTraces()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {17_000, 100_000, 1_000_000})
  void aUrlThatIsLongerThanAMessageIsItsCallersFault(int characters) {
    byte[] request = Request.newBuilder().setVideo("a".repeat(characters)).build().toByteArray();

    Status status = server.send(REDIRECT, request);

    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("12288 bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "unary, " + REDIRECT,
    "unary, " + ALIAS,
    "unary, " + HEALTH_CHECK,
    "server_stream, " + HEALTH_WATCH,
  })
  void aMessageOfMoreThan12KibibytesIsInvalidAndCounted(String type, String method) {
    Status status = server.send(method, new byte[12 * 1024 + 1]);

    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    server.awaitHandled(1);
    assertThat(server.handled(type, method, "InvalidArgument")).isEqualTo(1);
    assertThat(logs.ours()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {REFLECTION_V1, REFLECTION_V1_ALPHA})
  void aMessageOfMoreThan12KibibytesToReflectionIsRejectedAndCounted(String method) {
    // gRPC's reflection closes the call as CANCELLED before its transport can say why.
    assertThat(server.send(method, new byte[12 * 1024 + 1]).getCode())
        .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.CANCELLED);

    server.awaitHandled(1);
    assertThat(server.handled("bidi_stream", method, "InvalidArgument")).isEqualTo(1);
    assertThat(logs.ours()).isEmpty();
  }

  @Test
  void aMessageOfMoreThan12KibibytesOnceUnpackedIsInvalidAndCounted() {
    byte[] large = Request.newBuilder().setVideo("a".repeat(12 * 1024)).build().toByteArray();

    Status status =
        RunningServer.send(
            server.channel(), REDIRECT, CallOptions.DEFAULT.withCompression("gzip"), large);

    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    server.awaitHandled(1);
    assertThat(server.handled("unary", REDIRECT, "InvalidArgument")).isEqualTo(1);
    assertThat(logs.stackTraces()).isEmpty();
  }

  @Test
  void aMessageOfExactly12KibibytesIsRead() {
    int largest = 12 * 1024;
    int tagAndLength = 3;
    Request request = Request.newBuilder().setVideo("a".repeat(largest - tagAndLength)).build();
    assertThat(request.getSerializedSize()).isEqualTo(largest);

    assertThat(server.send(REDIRECT, request.toByteArray()).getDescription())
        .startsWith("invalid video URL (too_long)");
  }

  /** How a call ends that sends two messages. */
  private Status sendBoth(String method, byte[] first, byte[] second) throws Exception {
    CompletableFuture<Status> end = new CompletableFuture<>();
    ClientCall<byte[], byte[]> call =
        server
            .channel()
            .newCall(bytesMethod(method, MethodType.BIDI_STREAMING), CallOptions.DEFAULT);
    StreamObserver<byte[]> requests =
        ClientCalls.asyncBidiStreamingCall(
            call,
            new StreamObserver<>() {
              @Override
              public void onNext(byte[] answer) {}

              @Override
              public void onError(Throwable error) {
                end.complete(Status.fromThrowable(error));
              }

              @Override
              public void onCompleted() {
                end.complete(Status.OK);
              }
            });
    requests.onNext(first);
    requests.onNext(second);
    requests.onCompleted();
    return end.get(10, TimeUnit.SECONDS);
  }
}
