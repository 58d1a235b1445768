package io.redirectbalancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.metrics.ConsiderateRegistry;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.trace.Exemplars;
import io.redirectbalancer.trace.otel.RecordedTraces;
import io.redirectbalancer.url.OriginDomains;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The spans of calls, on gRPC's own transport (false) and on ours (true). */
class TracedCallsTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String CALLER = "b7ad6b7169203331";
  private static final String VIDEO = "http://s1.origin-cluster/v/1.m3u8?token=secret#t=10";

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSpanContinuesTheCallersTraceAndCarriesTheDecision(boolean front) {
    try (Server server = new Server(front)) {
      server.redirect(VIDEO, "00-" + TRACE + "-" + CALLER + "-01");

      SpanData span = server.traces.await(1).get(0);
      assertThat(span.getName()).isEqualTo("loadBalancer.loadBalancer/Redirect");
      assertThat(span.getKind()).isEqualTo(SpanKind.SERVER);
      assertThat(span.getTraceId()).isEqualTo(TRACE);
      assertThat(span.getParentSpanId()).isEqualTo(CALLER);
      assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
      Map<String, Object> attributes = attributes(span);
      assertThat(attributes.remove("network.peer.port")).isNotNull();
      assertThat(attributes)
          .isEqualTo(
              Map.ofEntries(
                  Map.entry("rpc.system.name", "grpc"),
                  Map.entry("rpc.method", "loadBalancer.loadBalancer/Redirect"),
                  Map.entry("rpc.status_code", "OK"),
                  Map.entry("network.peer.address", "127.0.0.1"),
                  Map.entry("redirect.target", "cdn.example.com"),
                  Map.entry("redirect.policy", "weighted_round_robin"),
                  Map.entry("redirect.generation", 1L),
                  Map.entry("redirect.turn", 1L),
                  Map.entry("redirect.reason", "policy"),
                  Map.entry("redirect.url.host", "cdn.example.com"),
                  Map.entry("redirect.url.path", "/s1/v/1.m3u8")));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCallWithoutATraceBeginsOne(boolean front) {
    try (Server server = new Server(front)) {
      server.redirect(VIDEO, null);

      SpanData span = server.traces.await(1).get(0);
      assertThat(span.getParentSpanContext().isValid()).isFalse();
      assertThat(span.getTraceId()).hasSize(32);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCallThatItsCallerDoesNotSampleIsNotSampledHere(boolean front) {
    try (Server server = new Server(front)) {
      server.redirect(VIDEO, "00-" + TRACE + "-" + CALLER + "-00");
      server.redirect(VIDEO, "00-" + TRACE + "-" + CALLER + "-01");

      SpanData sampled = server.traces.await(1).get(0);
      assertThat(server.traces.spans()).hasSize(1);
      assertThat(attributes(sampled)).containsEntry("redirect.turn", 2L);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRejectionNamesItsRuleAndIsNoErrorOfTheServer(boolean front) {
    try (Server server = new Server(front)) {
      assertThat(server.failure("http://10.0.0.5/a?token=secret").getCode())
          .isEqualTo(Status.Code.INVALID_ARGUMENT);

      SpanData span = server.traces.await(1).get(0);
      assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
      assertThat(attributes(span))
          .containsEntry("rpc.status_code", "INVALID_ARGUMENT")
          .containsEntry("redirect.rejection", "host")
          .doesNotContainKey("redirect.turn");
      assertThat(span.toString()).doesNotContain("secret");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMethodThatIsNotServedNamesNoSpan(boolean front) {
    try (Server server = new Server(front)) {
      RunningServer.send(
          server.channel, "no.such.Service/Method", CallOptions.DEFAULT, new byte[0]);

      SpanData span = server.traces.await(1).get(0);
      assertThat(span.getName()).isEqualTo("grpc");
      assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
      assertThat(attributes(span))
          .containsEntry("rpc.method", "_OTHER")
          .containsEntry("error.type", "UNIMPLEMENTED");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void healthChecksHaveNoSpans(boolean front) {
    try (Server server = new Server(front)) {
      RunningServer.send(
          server.channel, RunningServer.HEALTH_CHECK, CallOptions.DEFAULT, new byte[0]);
      server.redirect(VIDEO, null);

      assertThat(server.traces.await(1))
          .extracting(SpanData::getName)
          .containsExactly("loadBalancer.loadBalancer/Redirect");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theLatencyHistogramNamesASampledCall(boolean front) {
    try (Server server = new Server(front)) {
      server.redirect(VIDEO, "00-" + TRACE + "-" + CALLER + "-01");

      SpanData span = server.traces.await(1).get(0);
      assertThat(server.registry.scrape("application/openmetrics-text; version=1.0.0"))
          .containsPattern(
              "grpc_server_handling_seconds_bucket\\{.*grpc_method=\"Redirect\".* # \\{"
                  + "span_id=\""
                  + span.getSpanId()
                  + "\",trace_id=\""
                  + TRACE
                  + "\"\\}");
    }
  }

  private static Map<String, Object> attributes(SpanData span) {
    Map<String, Object> attributes = new HashMap<>();
    span.getAttributes()
        .forEach((AttributeKey<?> key, Object value) -> attributes.put(key.getKey(), value));
    return attributes;
  }

  /** A balancer as the serve command wires it where calls are traced. */
  private static final class Server implements AutoCloseable {
    private static final Metadata.Key<String> TRACEPARENT =
        Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

    final RecordedTraces traces = new RecordedTraces();
    final PrometheusMeterRegistry registry = new ConsiderateRegistry(new Exemplars());
    final ManagedChannel channel;
    private final GrpcServer grpc;

    Server(boolean front) {
      RoutingTable table =
          new RoutingTable(
              OriginDomains.of(List.of(OriginDomains.Domain.parse("origin-cluster"))),
              10,
              Cdn.parse("cdn.example.com"));
      var service =
          RedirectService.traced(
              new Redirector(table), new RedirectMetrics(registry, table.targets()));
      grpc =
          new GrpcServer(
              ServerSettings.forWarmUp().withFront(front),
              service.bind(),
              registry,
              traces.tracing());
      assertThat(grpc.start()).isEmpty();
      grpc.serve();
      channel =
          NettyChannelBuilder.forAddress("127.0.0.1", grpc.ports().get(0)).usePlaintext().build();
    }

    String redirect(String video, @Nullable String traceparent) {
      Metadata headers = new Metadata();
      if (traceparent != null) {
        headers.put(TRACEPARENT, traceparent);
      }
      return loadBalancerGrpc
          .newBlockingStub(channel)
          .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
          .redirect(Request.newBuilder().setVideo(video).build())
          .getRedirect();
    }

    Status failure(String video) {
      try {
        redirect(video, null);
        return Status.OK;
      } catch (StatusRuntimeException e) {
        return e.getStatus();
      }
    }

    @Override
    public void close() {
      channel.shutdownNow();
      grpc.close();
      traces.close();
    }
  }
}
