package io.redirectbalancer.server;

import io.grpc.Status;
import io.redirectbalancer.call.CallEvents;
import io.redirectbalancer.metrics.GrpcServerMetrics;
import io.redirectbalancer.metrics.GrpcServerMetrics.MethodMeters;
import io.redirectbalancer.trace.Tracing.Headers;
import java.net.SocketAddress;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Counts the calls of our HTTP/2 server. What hears of their ends exists once for each method, so
 * that a call allocates nothing here. Thread-safe.
 */
final class CountedCalls implements CallEvents {
  private final Map<String, Counted> methods;
  private final Counted unknown;

  CountedCalls(GrpcServerMetrics metrics) {
    methods =
        metrics.methods().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Function.identity(), method -> new Counted(metrics.meters(method))));
    unknown = new Counted(metrics.unknown());
  }

  @Override
  public OpenCall started(String method, Headers headers, @Nullable SocketAddress peer) {
    Counted counted = methods.getOrDefault(method, unknown);
    counted.meters.started();
    return counted;
  }

  private record Counted(MethodMeters meters) implements OpenCall {
    @Override
    public void closed(Status.Code code, long nanos) {
      meters.closed(code, nanos);
    }
  }
}
