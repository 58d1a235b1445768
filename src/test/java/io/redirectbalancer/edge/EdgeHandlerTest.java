package io.redirectbalancer.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.call.ServedBy;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.RetryOptions;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.alias.ServiceGrpc;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The edge in front of a balancer that does what each test says. */
class EdgeHandlerTest {
  private static final Metadata.Key<String> FALLBACK =
      Metadata.Key.of("redirect-fallback", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> VIA =
      Metadata.Key.of("redirect-via", Metadata.ASCII_STRING_MARSHALLER);
  private static final Request REQUEST =
      Request.newBuilder().setVideo("http://s1.origin-cluster/a.m3u8").build();

  @Test
  void theBalancersAnswerIsPassedOnWithItsName() {
    Metadata named = new Metadata();
    named.put(ServedBy.KEY, "server-2");
    try (Edge edge = new Edge(call -> call.answer("passed on: " + call.video(), named))) {
      Answer answer = edge.redirect();

      assertThat(answer.url()).isEqualTo("passed on: http://s1.origin-cluster/a.m3u8");
      assertThat(answer.headers().get(ServedBy.KEY)).isEqualTo("server-2");
      assertThat(answer.headers().containsKey(FALLBACK)).isFalse();
    }
  }

  @Test
  void theSecondNameOfTheServiceIsServedToo() {
    try (Edge edge = new Edge(call -> call.answer("http://cdn.example.com/a", new Metadata()))) {
      assertThat(ServiceGrpc.newBlockingStub(edge.channel).method(REQUEST).getRedirect())
          .isEqualTo("http://cdn.example.com/a");
    }
  }

  @Test
  void aRejectionIsPassedOnWithItsText() {
    Status rejection = Status.INVALID_ARGUMENT.withDescription("invalid video URL (host): why");
    try (Edge edge = new Edge(call -> call.fail(rejection))) {
      assertThat(edge.failure()).isEqualTo("INVALID_ARGUMENT: invalid video URL (host): why");
    }
  }

  @Test
  void theCallersDeadlineGoesWithTheCall() {
    AtomicReference<Duration> seen = new AtomicReference<>();
    RedirectHandler noteDeadline =
        call -> {
          seen.set(call.deadline().orElseThrow());
          call.answer("http://cdn.example.com/a", new Metadata());
        };
    try (Edge edge = new Edge(noteDeadline)) {
      edge.stub().withDeadlineAfter(700, TimeUnit.MILLISECONDS).redirect(REQUEST);

      assertThat(seen.get()).isLessThan(Duration.ofMillis(700));
    }
  }

  @Test
  void aCallerWhoGivesUpEndsTheCallBehind() {
    AtomicReference<String> behind = new AtomicReference<>("not called");
    RedirectHandler slow =
        call -> {
          call.onCancel(() -> behind.set("cancelled"));
          behind.set("called");
        };
    try (Edge edge = new Edge(slow)) {
      var pending = loadBalancerGrpc.newFutureStub(edge.channel).redirect(REQUEST);
      await().until(() -> "called".equals(behind.get()));

      assertThat(pending.cancel(true)).isTrue();

      await().until(() -> "cancelled".equals(behind.get()));
    }
  }

  @Test
  void aFallbackIsMarkedAndNamesNoBalancer() {
    try (Edge edge = new Edge(call -> call.fail(Status.UNAVAILABLE))) {
      Answer answer = edge.redirect();

      assertThat(answer.url()).isEqualTo(REQUEST.getVideo());
      assertThat(answer.headers().get(FALLBACK)).isEqualTo("true");
      assertThat(answer.headers().containsKey(ServedBy.KEY)).isFalse();
    }
  }

  @Test
  void anEdgeWhoseTargetIsItselfSaysSoAndPassesTheCallOnOnce() {
    AtomicReference<RedirectHandler> itself = new AtomicReference<>();
    AtomicInteger calls = new AtomicInteger();
    RedirectHandler target =
        call -> {
          calls.incrementAndGet();
          Objects.requireNonNull(itself.get()).handle(call);
        };
    try (Edge edge = new Edge(target)) {
      itself.set(edge.handler);

      assertThat(edge.failure())
          .startsWith("FAILED_PRECONDITION: the call came back to an edge that had passed it on");
      assertThat(calls).hasValue(1);
    }
  }

  @Test
  void twoEdgesThatAreEachOthersTargetSaySo() {
    AtomicReference<RedirectHandler> first = new AtomicReference<>();
    AtomicInteger calls = new AtomicInteger();
    RedirectHandler backToTheFirst =
        call -> {
          calls.incrementAndGet();
          Objects.requireNonNull(first.get()).handle(call);
        };
    try (Edge second = new Edge(backToTheFirst);
        Edge edge = new Edge(call -> second.handler.handle(call))) {
      first.set(edge.handler);

      assertThat(edge.failure()).startsWith("FAILED_PRECONDITION: the call came back to an edge");
      assertThat(calls).hasValue(1);
    }
  }

  @Test
  void edgesOneBehindTheOtherPassCallsOn() {
    AtomicReference<String> via = new AtomicReference<>();
    RedirectHandler balancer =
        call -> {
          via.set(call.header(VIA));
          call.answer("http://cdn.example.com/a", new Metadata());
        };
    try (Edge last = new Edge(balancer);
        Edge edge = new Edge(call -> last.handler.handle(call))) {
      assertThat(edge.redirect().url()).isEqualTo("http://cdn.example.com/a");
      assertThat(Objects.requireNonNull(via.get()).split(",")).hasSize(2).doesNotHaveDuplicates();
    }
  }

  @Test
  void aCallThatEightEdgesHavePassedOnGoesNoFurther() {
    Metadata headers = new Metadata();
    headers.put(VIA, "1,2,3,4,5,6,7,8");
    try (Edge edge = new Edge(call -> call.answer("http://cdn.example.com/a", new Metadata()))) {
      var stub =
          loadBalancerGrpc.newBlockingStub(
              ClientInterceptors.intercept(
                  edge.channel, MetadataUtils.newAttachHeadersInterceptor(headers)));

      assertThatThrownBy(() -> stub.redirect(REQUEST))
          .hasMessageStartingWith("FAILED_PRECONDITION: the call came back");
    }
  }

  private record Answer(String url, Metadata headers) {}

  /** A balancer, a client that may fail open, and an edge; no attempt but the first. */
  private static final class Edge implements AutoCloseable {
    private final GrpcServer balancer;
    private final RedirectClient client;
    private final GrpcServer edge;
    final EdgeHandler handler;
    final ManagedChannel channel;

    Edge(RedirectHandler balancer) {
      this.balancer = serve(balancer);
      client =
          RedirectClient.create(
              "dns:///localhost:" + this.balancer.ports().get(0),
              RedirectClientOptions.builder()
                  .retry(RetryOptions.DEFAULT.withAttempts(1))
                  .attemptTimeout(Duration.ofSeconds(20))
                  .deadline(Duration.ofSeconds(20))
                  .failOpen(true)
                  .callbackExecutor(Runnable::run)
                  .build());
      handler = new EdgeHandler(client);
      edge = serve(handler);
      channel =
          NettyChannelBuilder.forAddress("127.0.0.1", edge.ports().get(0)).usePlaintext().build();
    }

    private static GrpcServer serve(RedirectHandler handler) {
      GrpcServer server =
          new GrpcServer(
              ServerSettings.forWarmUp(),
              new RedirectService(handler).bind(),
              new SimpleMeterRegistry());
      assertThat(server.start()).isEmpty();
      server.serve();
      return server;
    }

    loadBalancerGrpc.loadBalancerBlockingStub stub() {
      return loadBalancerGrpc.newBlockingStub(channel);
    }

    Answer redirect() {
      AtomicReference<Metadata> headers = new AtomicReference<>();
      var watched =
          ClientInterceptors.intercept(
              channel,
              MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<>()));
      String url = loadBalancerGrpc.newBlockingStub(watched).redirect(REQUEST).getRedirect();
      return new Answer(url, Objects.requireNonNull(headers.get()));
    }

    String failure() {
      try {
        return "answered: " + stub().redirect(REQUEST).getRedirect();
      } catch (StatusRuntimeException e) {
        return e.getStatus().getCode() + ": " + e.getStatus().getDescription();
      }
    }

    @Override
    public void close() {
      channel.shutdownNow();
      edge.close();
      client.close();
      balancer.close();
    }
  }
}
