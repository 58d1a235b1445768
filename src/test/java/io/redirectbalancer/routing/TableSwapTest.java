package io.redirectbalancer.routing;

import static io.redirectbalancer.routing.Tables.targets;
import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import io.redirectbalancer.url.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class TableSwapTest {
  private static final int SWAPS = 10_000;
  private static final int CALLERS = 3;
  private static final int ORIGIN_EVERY = 10;

  @Test
  void theSequenceGoesOn() {
    Redirector redirector = new Redirector(Tables.table(1, 3, Policy.ROUND_ROBIN, "a, b"));

    List<String> targets = new ArrayList<>(targets(redirector, 4));
    redirector.swap(Tables.table(2, 3, Policy.ROUND_ROBIN, "c, d"));
    targets.addAll(targets(redirector, 5));
    redirector.swap(Tables.table(3, 5, Policy.ROUND_ROBIN, "e, f"));
    targets.addAll(targets(redirector, 2));

    assertThat(targets)
        .containsExactly("a", "b", "origin", "a", "d", "origin", "c", "d", "origin", "origin", "e");
  }

  /**
   * Tables that differ in everything follow each other while calls come in. Odd ones know one
   * domain, even ones another; a table's CDNs carry its generation in name and base path. So an
   * answer with parts of two tables shows.
   */
  @Test
  void noCallSeesHalfOfTwoTables() throws InterruptedException, ExecutionException {
    Redirector redirector = new Redirector(table(1));
    AtomicBoolean ended = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(CALLERS + 1);
    long origins = 0;
    long answers = 0;
    try {
      List<Future<long[]>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(pool.submit(caller(redirector, ended)));
      }
      for (int generation = 2; generation <= 1 + SWAPS; generation++) {
        redirector.swap(table(generation));
        if (generation % 3 == 0) {
          redirector.setUp(Tables.cdn("a" + generation + "@http://a/" + generation), false);
          redirector.report(new LoadReport(Map.of("b" + generation, 1L), Duration.ofSeconds(1)));
        }
      }
      ended.set(true);
      for (Future<long[]> caller : callers) {
        origins += caller.get()[0];
        answers += caller.get()[1];
      }
    } finally {
      ended.set(true);
      pool.shutdownNow();
    }

    assertThat(answers).isGreaterThan(SWAPS);
    assertThat(origins).isEqualTo(answers / ORIGIN_EVERY);
  }

  private static RoutingTable table(long generation) {
    Policy[] policies = {Policy.WEIGHTED_ROUND_ROBIN, Policy.ROUND_ROBIN, Policy.LEAST_CONNECTIONS};
    String entries = "a%1$d@http://a/%1$d=2, b%1$d@http://b/%1$d=1".formatted(generation);
    return new RoutingTable(
        generation,
        OriginDomains.of(List.of(OriginDomains.Domain.parse(generation % 2 == 0 ? "even" : "odd"))),
        ORIGIN_EVERY,
        generation % 500 == 0 ? Policy.DESTINATION_HASH : policies[(int) (generation % 3)],
        Tables.cdns(entries));
  }

  /** Counts its calls to the origin and all its answers. */
  private static Callable<long[]> caller(Redirector redirector, AtomicBoolean ended) {
    return () -> {
      long origins = 0;
      long answers = 0;
      long latest = 1;
      boolean even = false;
      while (!ended.get() || answers < SWAPS) {
        even = !even;
        String video = even ? "http://s1.even/v" : "http://s1.odd/v";
        Decision decision;
        try {
          decision = redirector.redirect(video);
        } catch (InvalidVideoUrlException e) {
          assertThat(e.rule()).isEqualTo(Rule.DOMAIN);
          continue;
        }
        answers++;
        if (decision.target().equals(Decision.ORIGIN)) {
          assertThat(decision.url()).isEqualTo(video);
          origins++;
          continue;
        }
        long generation = Long.parseLong(decision.target().substring(1));
        String host = decision.target().substring(0, 1);
        assertThat(decision.url()).isEqualTo("http://" + host + "/" + generation + "/s1/v");
        assertThat(generation % 2 == 0).isEqualTo(even);
        assertThat(generation).isGreaterThanOrEqualTo(latest);
        latest = generation;
      }
      return new long[] {origins, answers};
    };
  }
}
