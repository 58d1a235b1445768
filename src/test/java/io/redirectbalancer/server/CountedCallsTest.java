package io.redirectbalancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.call.CallEvents.OpenCall;
import io.redirectbalancer.metrics.GrpcServerMetrics;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CountedCallsTest {
  private static final String REDIRECT = "loadBalancer.loadBalancer/Redirect";

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final CountedCalls calls =
      new CountedCalls(
          new GrpcServerMetrics(registry, List.of(loadBalancerGrpc.getRedirectMethod())));

  @Test
  void noCallHasAnObjectOfItsOwn() {
    assertThat(started(REDIRECT)).isSameAs(started(REDIRECT));
    assertThat(started("no.such/Method")).isSameAs(started("another/Method"));
  }

  @ParameterizedTest
  @CsvSource({REDIRECT + ", Redirect", "no.such/Method, unknown"})
  void countsBeginningsAndEnds(String method, String label) {
    OpenCall first = started(method);
    started(method);
    first.closed(Status.Code.OK, 1);

    assertThat(count("grpc.server.started", label)).isEqualTo(2);
    assertThat(count("grpc.server.handled", label)).isEqualTo(1);
    assertThat(registry.get("grpc.server.handling").tag("grpc_method", label).timer().count())
        .isEqualTo(1);
  }

  private OpenCall started(String method) {
    return calls.started(method, name -> null, null);
  }

  private double count(String name, String method) {
    return registry.get(name).tag("grpc_method", method).counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }
}
