package io.redirectbalancer.metrics;

import io.grpc.Metadata;
import io.grpc.Status;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.routing.Decision;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a call costs in metrics: two counters and a histogram by method, one counter by target.
 *
 * <pre>{@code mvn -q -Pjmh test -Djmh.arguments="MetricsBenchmark -prof gc"}</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class MetricsBenchmark {
  private static final String METHOD = loadBalancerGrpc.getRedirectMethod().getFullMethodName();

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final GrpcServerMetrics grpc =
      new GrpcServerMetrics(registry, List.of(loadBalancerGrpc.getRedirectMethod()));
  private final RedirectMetrics redirects =
      new RedirectMetrics(registry, List.of(Decision.ORIGIN, "cdn.example.com"));
  private final Decision decision = new Decision("http://cdn.example.com/a", "cdn.example.com");
  private final Metadata headers = new Metadata();

  @Benchmark
  public void call() {
    grpc.newServerStreamTracer(METHOD, headers).streamClosed(Status.OK);
  }

  @Benchmark
  public void redirect() {
    redirects.redirected(decision);
  }
}
