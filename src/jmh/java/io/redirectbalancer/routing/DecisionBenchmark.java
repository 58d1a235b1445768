package io.redirectbalancer.routing;

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
 * What one decision costs, in time and in bytes: {@code mvn -q -Pjmh test}, or, with options of
 * JMH's own, {@code mvn -q -Pjmh test -Djmh.arguments="DecisionBenchmark -prof gc -t 2"}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@State(Scope.Benchmark)
public class DecisionBenchmark {
  private final Redirector redirector =
      new Redirector(new RoutingTable(OriginDomains.any(), 10, Cdn.parse("cdn.example.com")));

  // Not final, so that the compiler cannot take it for a constant.
  private String video = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";

  @Benchmark
  public Decision redirect() throws InvalidVideoUrlException {
    return redirector.redirect(video);
  }
}
