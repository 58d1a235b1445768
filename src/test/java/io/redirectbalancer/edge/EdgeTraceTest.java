package io.redirectbalancer.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.RetryOptions;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import io.redirectbalancer.trace.otel.RecordedTraces;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The spans of an edge and of the balancer behind it, on gRPC's own transport and on ours. */
class EdgeTraceTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachAttemptIsASpanBetweenTheEdgesAndTheBalancers(boolean front) throws Exception {
    AtomicBoolean failed = new AtomicBoolean();
    RedirectHandler secondTime =
        call -> {
          if (failed.compareAndSet(false, true)) {
            call.fail(Status.UNAVAILABLE.withDescription("not yet"));
          } else {
            call.answer("http://cdn.example.com/a", new Metadata());
          }
        };
    try (RecordedTraces traces = new RecordedTraces();
        GrpcServer balancer = serve(secondTime, front, traces);
        RedirectClient client =
            RedirectClient.create(
                "127.0.0.1:" + balancer.ports().get(0),
                RedirectClientOptions.builder()
                    .retry(
                        new RetryOptions(3, Duration.ofMillis(1), 1, Duration.ofMillis(1), false))
                    .callbackExecutor(Runnable::run)
                    .build());
        GrpcServer edge = serve(new EdgeHandler(client), front, traces)) {
      int port = balancer.ports().get(0);
      redirect(edge.ports().get(0));

      List<SpanData> spans = traces.await(5);
      SpanData call = spans.get(0);
      List<SpanData> attempts =
          spans.stream().filter(span -> span.getKind() == SpanKind.CLIENT).toList();
      assertThat(attempts).hasSize(2);
      assertThat(attempts)
          .allSatisfy(
              attempt -> {
                assertThat(attempt.getName()).isEqualTo("loadBalancer.loadBalancer/Redirect");
                assertThat(attempt.getParentSpanId()).isEqualTo(call.getSpanId());
                assertThat(text(attempt, "server.address")).isEqualTo("127.0.0.1");
                assertThat(number(attempt, "server.port")).isEqualTo(port);
                assertThat(text(attempt, "network.peer.address")).isEqualTo("127.0.0.1");
                assertThat(number(attempt, "network.peer.port")).isEqualTo(port);
                assertThat(text(attempt, "redirect.breaker.state")).isEqualTo("closed");
              });
      SpanData first = attempts.get(0);
      assertThat(first.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
      assertThat(text(first, "error.type")).isEqualTo("UNAVAILABLE");
      assertThat(number(first, "redirect.attempt")).isEqualTo(1);
      assertThat(text(first, "redirect.retry.reason")).isNull();
      SpanData second = attempts.get(1);
      assertThat(second.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
      assertThat(text(second, "rpc.status_code")).isEqualTo("OK");
      assertThat(number(second, "redirect.attempt")).isEqualTo(2);
      assertThat(text(second, "redirect.retry.reason")).isEqualTo("unavailable");
      assertThat(spans)
          .filteredOn(span -> span.getKind() == SpanKind.SERVER && span != call)
          .extracting(SpanData::getParentSpanId)
          .containsExactly(first.getSpanId(), second.getSpanId());
      assertThat(number(call, "redirect.attempts")).isEqualTo(2);
      assertThat(text(call, "redirect.breaker.state")).isEqualTo("closed");
      assertThat(spans).extracting(SpanData::getTraceId).containsOnly(call.getTraceId());
    }
  }

  private static @Nullable String text(SpanData span, String name) {
    return span.getAttributes().get(AttributeKey.stringKey(name));
  }

  private static @Nullable Long number(SpanData span, String name) {
    return span.getAttributes().get(AttributeKey.longKey(name));
  }

  private static void redirect(int port) {
    var channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    try {
      loadBalancerGrpc
          .newBlockingStub(channel)
          .redirect(Request.newBuilder().setVideo("http://s1.origin-cluster/a").build());
    } finally {
      channel.shutdownNow();
    }
  }

  private static GrpcServer serve(RedirectHandler handler, boolean front, RecordedTraces traces) {
    GrpcServer server =
        new GrpcServer(
            ServerSettings.forWarmUp().withFront(front),
            new RedirectService(handler).bind(),
            new SimpleMeterRegistry(),
            traces.tracing());
    assertThat(server.start()).isEmpty();
    server.serve();
    return server;
  }
}
