package io.redirectbalancer.routing;

import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
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
  @Param({"1", "16"})
  private int cdns;

  @Param private Policy policy;

  private Redirector redirector;

  // Not final, so that the compiler cannot take it for a constant.
  private String video = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";

  /** CDNs of weights 1 to 7, all of which have reported their connections. */
  @Setup
  public void setUp() {
    List<WeightedCdn> list = new ArrayList<>();
    Map<String, Long> connections = new HashMap<>();
    for (int i = 0; i < cdns; i++) {
      WeightedCdn cdn = new WeightedCdn(Cdn.parse("cdn-" + i + ".example.com"), 1 + 3 * i % 7);
      list.add(cdn);
      connections.put(cdn.cdn().name(), 100L * cdn.weight());
    }
    redirector = new Redirector(new RoutingTable(1, OriginDomains.any(), 10, policy, list));
    redirector.report(new LoadReport(connections, Duration.ofHours(1)));
  }

  @Benchmark
  public Decision redirect() throws InvalidVideoUrlException {
    return redirector.redirect(video);
  }
}
