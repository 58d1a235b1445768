package io.redirectbalancer.http2;

import static io.redirectbalancer.http2.FrameClient.DATA;
import static io.redirectbalancer.http2.FrameClient.END_STREAM;
import static io.redirectbalancer.http2.FrameClient.INITIAL_WINDOW_SIZE;
import static io.redirectbalancer.http2.FrameClient.fields;
import static io.redirectbalancer.http2.FrameClient.message;
import static io.redirectbalancer.http2.Front.HEALTH_CHECK;
import static io.redirectbalancer.http2.Front.HEALTH_WATCH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.StringValue;
import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Calls that go to a gRPC channel, made by gRPC's own client and by hand. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtherMethodsTest {
  private static final int SECONDS = 20;

  private static final MethodDescriptor<StringValue, StringValue> ECHO =
      method("test.Echo/Echo", MethodType.BIDI_STREAMING);
  private static final MethodDescriptor<StringValue, StringValue> MANY =
      method("test.Echo/Many", MethodType.SERVER_STREAMING);
  private static final MethodDescriptor<StringValue, StringValue> WAIT =
      method("test.Echo/Wait", MethodType.UNARY);

  private static final Metadata.Key<byte[]> BINARY =
      Metadata.Key.of("trace-bin", Metadata.BINARY_BYTE_MARSHALLER);
  private static final Metadata.Key<String> TEXT =
      Metadata.Key.of("text", Metadata.ASCII_STRING_MARSHALLER);

  private final AtomicInteger sent = new AtomicInteger();
  private final BlockingQueue<CountDownLatch> waiting = new LinkedBlockingQueue<>();
  private final Front front;
  private final ManagedChannel channel;

  OtherMethodsTest() throws IOException {
    front = Front.with().service(echo()).start();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", front.port()).usePlaintext().build();
  }

  @AfterAll
  void stop() {
    channel.shutdownNow();
    front.close();
  }

  private static MethodDescriptor<StringValue, StringValue> method(String name, MethodType type) {
    return MethodDescriptor.<StringValue, StringValue>newBuilder()
        .setType(type)
        .setFullMethodName(name)
        .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
        .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
        .build();
  }

  /** Echoes messages and the metadata; sends as much as its caller takes; waits for a cancel. */
  private BindableService echo() {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder("test.Echo")
            .addMethod(ECHO, ServerCalls.asyncBidiStreamingCall(answers -> answers))
            .addMethod(MANY, ServerCalls.asyncServerStreamingCall(this::many))
            .addMethod(WAIT, ServerCalls.asyncUnaryCall(this::await))
            .build();
    return () -> ServerInterceptors.intercept(service, new EchoedMetadata());
  }

  private void many(StringValue request, StreamObserver<StringValue> answers) {
    var call = (ServerCallStreamObserver<StringValue>) answers;
    int most = Integer.parseInt(request.getValue());
    StringValue message = StringValue.of("x".repeat(1000));
    sent.set(0);
    call.setOnReadyHandler(
        () -> {
          while (call.isReady() && sent.get() < most) {
            sent.incrementAndGet();
            call.onNext(message);
            if (sent.get() == most) {
              call.onCompleted();
            }
          }
        });
  }

  private void await(StringValue request, StreamObserver<StringValue> answers) {
    CountDownLatch cancelled = new CountDownLatch(1);
    Context.current().addListener(context -> cancelled.countDown(), Runnable::run);
    waiting.add(cancelled);
  }

  @Test
  void healthAnswers() {
    front.health.setStatus("", ServingStatus.SERVING);
    assertThat(
            HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(SECONDS, TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void aWatchSeesEveryChangeUntilItIsCancelled() throws Exception {
    front.health.setStatus("a", ServingStatus.SERVING);
    BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
    Context.CancellableContext context = Context.current().withCancellation();
    context.run(
        () ->
            HealthGrpc.newStub(channel)
                .watch(
                    HealthCheckRequest.newBuilder().setService("a").build(), new Recorder<>(seen)));
    assertThat(next(seen)).extracting("status").isEqualTo(ServingStatus.SERVING);
    front.health.setStatus("a", ServingStatus.NOT_SERVING);
    assertThat(next(seen)).extracting("status").isEqualTo(ServingStatus.NOT_SERVING);
    front.events.clear();
    context.cancel(null);
    assertThat(next(seen)).isEqualTo(Status.Code.CANCELLED);
    assertThat(front.event()).isEqualTo("CANCELLED " + HEALTH_WATCH);
  }

  @Test
  void callsThatCostMuchLetOthersBeAnsweredInBetween() throws Exception {
    MethodDescriptor<StringValue, StringValue> burn = method("test.Costly/Burn", MethodType.UNARY);
    AtomicInteger calls = new AtomicInteger();
    CompletableFuture<Void> allWritten = new CompletableFuture<>();
    CountDownLatch secondBegun = new CountDownLatch(1);
    CompletableFuture<Void> othersWritten = new CompletableFuture<>();
    byte[] request = Request.newBuilder().setVideo("http://s1.a/b").build().toByteArray();
    ServerServiceDefinition costly =
        ServerServiceDefinition.builder("test.Costly")
            .addMethod(
                burn,
                ServerCalls.asyncUnaryCall(
                    (StringValue text, StreamObserver<StringValue> answers) -> {
                      // All but the first are then in one read.
                      if (calls.incrementAndGet() == 1) {
                        allWritten.join();
                      } else {
                        secondBegun.countDown();
                        othersWritten.join();
                      }
                      long end = System.nanoTime() + PassedOnTime.MAX_CREDIT_NANOS;
                      while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                      }
                      answers.onNext(text);
                      answers.onCompleted();
                    }))
            .build();
    try (Front busy = Front.with().service(() -> costly).start();
        FrameClient caller = FrameClient.connect(busy.port())) {
      // On each event loop there is one at least.
      List<FrameClient> others = new ArrayList<>();
      for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
        others.add(FrameClient.connect(busy.port()));
        assertThat(others.get(i).sync()).isEmpty();
      }
      int last = 59;
      for (int id = 1; id <= last; id += 2) {
        caller.call(id, burn.getFullMethodName(), new byte[0]);
      }
      allWritten.complete(null);
      assertThat(secondBegun.await(SECONDS, TimeUnit.SECONDS)).isTrue();
      for (FrameClient other : others) {
        other.call(1, Front.REDIRECT, request);
      }
      othersWritten.complete(null);
      assertThat(caller.until(last + ":grpc-status")).contains(last + ":grpc-status=0");
      List<String> ended = busy.events.stream().filter(event -> event.startsWith("OK")).toList();
      assertThat(ended.lastIndexOf("OK " + Front.REDIRECT))
          .isGreaterThanOrEqualTo(others.size() - 1)
          .isLessThan(ended.size() - 1);
      for (FrameClient other : others) {
        other.close();
      }
    }
  }

  @Test
  void redirectIsAnsweredForARealClient() {
    assertThat(
            loadBalancerGrpc
                .newBlockingStub(channel)
                .withDeadlineAfter(SECONDS, TimeUnit.SECONDS)
                .withCompression("gzip")
                .redirect(Request.newBuilder().setVideo("http://s1.a/b").build())
                .getRedirect())
        .isEqualTo(Front.ANSWER);
  }

  @Test
  void anUnknownMethodIsUnimplemented() {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    method("no.Such/Method", MethodType.UNARY),
                    CallOptions.DEFAULT.withDeadlineAfter(SECONDS, TimeUnit.SECONDS),
                    StringValue.of("a")))
        .extracting(StatusRuntimeException::getStatus)
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(Status.Code.UNIMPLEMENTED, "Method not found: no.Such/Method");
  }

  @Test
  void messagesGoBothWaysAndKeepTheirOrder() throws Exception {
    BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
    StreamObserver<StringValue> requests =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(ECHO, CallOptions.DEFAULT), new Recorder<>(seen));
    for (int i = 0; i < 1000; i++) {
      requests.onNext(StringValue.of(i + "x".repeat(i)));
    }
    requests.onCompleted();
    for (int i = 0; i < 1000; i++) {
      assertThat(next(seen)).isEqualTo(StringValue.of(i + "x".repeat(i)));
    }
    assertThat(next(seen)).isEqualTo("completed");
  }

  @Test
  void metadataPassesUnchangedBothWays() {
    Metadata headers = new Metadata();
    headers.put(BINARY, new byte[] {1, 2, (byte) 0xff});
    headers.put(BINARY, new byte[0]);
    headers.put(TEXT, "a, b");
    headers.put(TEXT, "c");
    var answersHeaders = new AtomicReference<Metadata>();
    var trailers = new AtomicReference<Metadata>();
    Iterator<StringValue> answers =
        ClientCalls.blockingServerStreamingCall(
            ClientInterceptors.intercept(
                channel,
                MetadataUtils.newAttachHeadersInterceptor(headers),
                MetadataUtils.newCaptureMetadataInterceptor(answersHeaders, trailers)),
            MANY,
            CallOptions.DEFAULT.withDeadlineAfter(SECONDS, TimeUnit.SECONDS),
            StringValue.of("3"));
    int count = 0;
    for (; answers.hasNext(); answers.next()) {
      count++;
    }
    assertThat(count).isEqualTo(3);
    for (Metadata echoed : List.of(answersHeaders.get(), trailers.get())) {
      assertThat(echoed.getAll(TEXT)).containsExactly("a, b", "c");
      assertThat(echoed.getAll(BINARY))
          .containsExactly(new byte[] {1, 2, (byte) 0xff}, new byte[0]);
    }
  }

  @Test
  void aSlowReaderSlowsTheServerDown() throws IOException, InterruptedException {
    try (FrameClient client = FrameClient.connect(front.port(), INITIAL_WINDOW_SIZE, 5_000)) {
      client.call(1, "test.Echo/Many", StringValue.of("500").toByteArray());
      assertThat(client.sync()).contains("1:[1008] 1:[1008]");
      TimeUnit.MILLISECONDS.sleep(100);
      assertThat(sent.get()).isLessThan(20);
      client.windowUpdate(1, 1_000_000).windowUpdate(0, 1_000_000);
      assertThat(client.until("1:grpc-status")).contains("1:[1008] 1:grpc-status=0,");
      assertThat(sent.get()).isEqualTo(500);
    }
  }

  @Test
  void deadlinesAndCancelsReachTheServer() throws Exception {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    WAIT,
                    CallOptions.DEFAULT.withDeadlineAfter(100, TimeUnit.MILLISECONDS),
                    StringValue.of("")))
        .extracting(failure -> failure.getStatus().getCode())
        .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(cancelled()).isTrue();

    try (FrameClient client = FrameClient.connect(front.port())) {
      client.call(1, "test.Echo/Wait", new byte[0]).sync();
      client.reset(1);
      assertThat(cancelled()).isTrue();
      client.call(3, fields("test.Echo/Wait", "grpc-timeout", "50m"), message(0, new byte[0]));
      assertThat(client.until("3:")).contains("grpc-status=4");
      assertThat(cancelled()).isTrue();
      client.call(5, "test.Echo/Wait", new byte[0]).sync();
    }
    assertThat(cancelled()).as("its connection is closed").isTrue();
  }

  private boolean cancelled() throws InterruptedException {
    CountDownLatch latch = waiting.poll(10, TimeUnit.SECONDS);
    return latch != null && latch.await(10, TimeUnit.SECONDS);
  }

  @Test
  void limitsAreThoseOfRedirect() throws IOException {
    try (FrameClient client = FrameClient.connect(front.port())) {
      client.call(1, HEALTH_CHECK).frame(DATA, 0, 1, message(0, new byte[12_289]));
      assertThat(client.until("RST")).contains("grpc-status=3", "12288 bytes");
      client.headers(3, 0, fields(HEALTH_CHECK, "grpc-encoding", "br"));
      assertThat(client.until("RST")).contains("grpc-status=12", "grpc-accept-encoding");
      client.call(5, fields(HEALTH_CHECK, "grpc-encoding", "gzip"), message(1, new byte[10]));
      assertThat(client.until("5:")).contains("grpc-status=3", "malformed message");
      client.headers(7, END_STREAM, fields(HEALTH_CHECK, "x-bin", "*"));
      assertThat(client.until("RST(7")).isEqualTo("RST(7,PROTOCOL_ERROR)");
    }
  }

  @Test
  void manyCallsAtOnceFromManyThreads() throws Exception {
    List<CompletableFuture<?>> calls = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      CompletableFuture<HealthCheckResponse> call = new CompletableFuture<>();
      HealthGrpc.newStub(channel)
          .check(
              HealthCheckRequest.getDefaultInstance(),
              new StreamObserver<>() {
                @Override
                public void onNext(HealthCheckResponse value) {
                  call.complete(value);
                }

                @Override
                public void onError(Throwable e) {
                  call.completeExceptionally(e);
                }

                @Override
                public void onCompleted() {}
              });
      calls.add(call);
    }
    CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).get(SECONDS, TimeUnit.SECONDS);
  }

  private static Object next(BlockingQueue<Object> seen) throws InterruptedException {
    Object next = seen.poll(10, TimeUnit.SECONDS);
    return next == null ? "nothing within 10 s" : next;
  }

  private record Recorder<T>(BlockingQueue<Object> seen) implements StreamObserver<T> {
    @Override
    public void onNext(T value) {
      seen.add(value);
    }

    @Override
    public void onError(Throwable e) {
      seen.add(Status.fromThrowable(e).getCode());
    }

    @Override
    public void onCompleted() {
      seen.add("completed");
    }
  }

  private static final class EchoedMetadata implements ServerInterceptor {
    @Override
    public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
        ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
      return next.startCall(
          new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendHeaders(Metadata own) {
              own.merge(headers);
              super.sendHeaders(own);
            }

            @Override
            public void close(Status status, Metadata own) {
              own.merge(headers);
              super.close(status, own);
            }
          },
          headers);
    }
  }
}
