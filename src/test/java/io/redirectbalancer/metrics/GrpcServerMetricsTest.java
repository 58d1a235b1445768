package io.redirectbalancer.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.Scrape;
import io.redirectbalancer.proto.alias.ServiceGrpc;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrpcServerMetricsTest {
  private static final List<MethodDescriptor<?, ?>> SERVED =
      List.of(
          loadBalancerGrpc.getRedirectMethod(),
          ServiceGrpc.getMethodMethod(),
          HealthGrpc.getWatchMethod(),
          ServerReflectionGrpc.getServerReflectionInfoMethod());

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final GrpcServerMetrics metrics = new GrpcServerMetrics(registry, SERVED);

  @Test
  void codesAreSpelledAsInGo() {
    // https://pkg.go.dev/google.golang.org/grpc/codes
    assertThat(scrape().labelValues("grpc_server_handled_total", "grpc_code"))
        .containsExactlyInAnyOrder(
            "OK",
            "Canceled",
            "Unknown",
            "InvalidArgument",
            "DeadlineExceeded",
            "NotFound",
            "AlreadyExists",
            "PermissionDenied",
            "ResourceExhausted",
            "FailedPrecondition",
            "Aborted",
            "OutOfRange",
            "Unimplemented",
            "Internal",
            "Unavailable",
            "DataLoss",
            "Unauthenticated");
  }

  @Test
  void labelsAreThoseOfTheGoInterceptors() {
    Scrape scrape = scrape();
    assertThat(scrape.labelNames("grpc_server_started_total"))
        .containsExactlyInAnyOrder("grpc_type", "grpc_service", "grpc_method");
    assertThat(scrape.labelNames("grpc_server_handled_total"))
        .containsExactlyInAnyOrder("grpc_type", "grpc_service", "grpc_method", "grpc_code");
    assertThat(scrape.labelNames("grpc_server_handling_seconds_count"))
        .containsExactlyInAnyOrder("grpc_type", "grpc_service", "grpc_method");
    assertThat(scrape.labelNames("grpc_server_handling_seconds_bucket"))
        .containsExactlyInAnyOrder("grpc_type", "grpc_service", "grpc_method", "le");
  }

  @Test
  void everyServedMethodIsThereFromTheStart() {
    assertStarted("unary", "loadBalancer.loadBalancer", "Redirect", 0);
    assertStarted("unary", "my.custom.server.Service", "Method", 0);
    assertStarted("server_stream", "grpc.health.v1.Health", "Watch", 0);
    assertStarted("bidi_stream", "grpc.reflection.v1.ServerReflection", "ServerReflectionInfo", 0);
    assertStarted("unary", "unknown", "unknown", 0);
  }

  @Test
  void bucketsGoFrom50MicrosecondsToOneSecond() {
    assertThat(
            scrape().labelValues("grpc_server_handling_seconds_bucket", "le").stream()
                .filter(bound -> !bound.equals("+Inf"))
                .map(Double::parseDouble))
        .containsExactly(
            0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1,
            0.25, 0.5, 1.0);
  }

  @Test
  void aCallIsStartedWhenItsHeadersAreReadAndHandledWhenItsStreamCloses() {
    var tracer = metrics.newServerStreamTracer("loadBalancer.loadBalancer/Redirect", headers());
    assertThat(tracer.filterContext(Context.ROOT)).isSameAs(Context.ROOT);
    assertStarted("unary", "loadBalancer.loadBalancer", "Redirect", 1);
    assertThat(scrape().sum("grpc_server_handled_total")).isZero();

    tracer.streamClosed(Status.INVALID_ARGUMENT);

    Scrape scrape = scrape();
    assertThat(scrape.sum("grpc_server_handled_total")).isEqualTo(1);
    assertThat(
            scrape.value(
                "grpc_server_handled_total",
                "grpc_type",
                "unary",
                "grpc_service",
                "loadBalancer.loadBalancer",
                "grpc_method",
                "Redirect",
                "grpc_code",
                "InvalidArgument"))
        .isEqualTo(1);
    assertThat(
            scrape.value(
                "grpc_server_handling_seconds_count",
                "grpc_type",
                "unary",
                "grpc_service",
                "loadBalancer.loadBalancer",
                "grpc_method",
                "Redirect"))
        .isEqualTo(1);
    assertThat(scrape.sum("grpc_server_handling_seconds_sum")).isPositive();
  }

  @Test
  void methodsThatAreNotServedAddNoLabelValues() {
    String before = registry.scrape().replaceAll(" \\S+\n", "\n");
    for (int i = 0; i < 100; i++) {
      metrics
          .newServerStreamTracer("no.such.Service/Method" + i, headers())
          .streamClosed(Status.UNIMPLEMENTED);
    }

    assertStarted("unary", "unknown", "unknown", 100);
    assertThat(registry.scrape().replaceAll(" \\S+\n", "\n")).isEqualTo(before);
  }

  private void assertStarted(String type, String service, String method, int calls) {
    assertThat(
            scrape()
                .value(
                    "grpc_server_started_total",
                    "grpc_type",
                    type,
                    "grpc_service",
                    service,
                    "grpc_method",
                    method))
        .isEqualTo(calls);
  }

  private Scrape scrape() {
    return Scrape.parse(registry.scrape());
  }

  private static Metadata headers() {
    return new Metadata();
  }
}
