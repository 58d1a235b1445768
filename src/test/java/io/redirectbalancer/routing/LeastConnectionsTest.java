package io.redirectbalancer.routing;

import static io.redirectbalancer.routing.Tables.targets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redirectbalancer.url.InvalidVideoUrlException;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LeastConnectionsTest {
  private static final Duration MINUTE = Duration.ofSeconds(60);

  /** Overflows while the tests run, as {@link System#nanoTime} may. */
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1);

  @Test
  void isWeightedRoundRobinWithoutReports() {
    Redirector redirector = redirector("a=3, b=2, c=0");

    assertThat(targets(redirector, 50))
        .isEqualTo(
            targets(
                new Redirector(Tables.table(Policy.WEIGHTED_ROUND_ROBIN, "a=3, b=2, c=0")), 50));
  }

  @Test
  void picksTheLeastLoadForItsWeightAndCountsTheCallsSinceTheReport() {
    Redirector redirector = redirector("a=2, b=1");
    redirector.report(new LoadReport(Map.of("a", 10L, "b", 2L), MINUTE));

    // b has 2, 3, 4; then 10 / 2 and 5 / 1 are equal, and the schedule's turn is a's.
    assertThat(targets(redirector, 6)).containsExactly("b", "b", "b", "a", "b", "a");
  }

  @Property
  void picksAsThePlainReadingDoes(
      @ForAll @Size(min = 2, max = 8) List<@IntRange(min = 1, max = 9) Integer> weights,
      @ForAll @Size(8) List<@IntRange(max = 30) Integer> connections) {
    StringBuilder entries = new StringBuilder();
    Map<String, Long> reported = new HashMap<>();
    long[] loads = new long[weights.size()];
    for (int i = 0; i < loads.length; i++) {
      entries.append(i == 0 ? "" : ",").append("c").append(i).append('=').append(weights.get(i));
      loads[i] = connections.get(i);
      reported.put("c" + i, loads[i]);
    }
    Redirector redirector = redirector(entries.toString());
    redirector.report(new LoadReport(reported, MINUTE));

    for (String target : targets(redirector, 100)) {
      int picked = Integer.parseInt(target.substring(1));
      for (int i = 0; i < loads.length; i++) {
        // No other has less load for its weight: a / b < c / d as a * d < c * b.
        assertThat(loads[picked] * weights.get(i))
            .isLessThanOrEqualTo(loads[i] * weights.get(picked));
      }
      loads[picked]++;
    }
  }

  @Test
  void aReportExpiresWithItsTimeToLive() {
    Redirector redirector = redirector("a, b");
    redirector.report(new LoadReport(Map.of("a", 0L, "b", 1_000L), MINUTE));

    clock.addAndGet(MINUTE.toNanos() - 1);
    redirector.expireLoads();
    assertThat(targets(redirector, 4)).containsOnly("a");

    clock.addAndGet(1);
    redirector.expireLoads();
    assertThat(targets(redirector, 4)).containsExactly("a", "b", "a", "b");
  }

  @Test
  void aCdnWithoutAReportGetsItsTurnsOfTheSchedule() {
    Redirector redirector = redirector("a, b, c");
    redirector.report(new LoadReport(Map.of("a", 0L, "b", 1_000L), MINUTE));

    assertThat(targets(redirector, 6)).containsExactly("a", "a", "c", "a", "a", "c");
  }

  @Test
  void aReportTakesThePlaceOfTheOneBefore() {
    Redirector redirector = redirector("a, b");
    redirector.report(new LoadReport(Map.of("a", 0L, "b", 2L), MINUTE));
    targets(redirector, 2);

    redirector.report(new LoadReport(Map.of("a", 5L), MINUTE));

    assertThat(targets(redirector, 3)).containsOnly("b");
  }

  @Test
  void reportsGoAlongToATableThatHasTheCdnToo() {
    Redirector redirector = redirector("a, b, c@c1");
    redirector.report(new LoadReport(Map.of("a", 0L, "b", 4L, "c", 0L), MINUTE));
    assertThat(targets(redirector, 2)).containsExactly("a", "c");

    redirector.swap(Tables.table(2, 0, Policy.LEAST_CONNECTIONS, "b, a, c@c2"));

    // Nothing is known of another machine that is called c, which gets its turns of the schedule.
    assertThat(targets(redirector, 6)).containsExactly("c", "a", "a", "c", "a", "a");
  }

  @Test
  void reportsAreKeptWhileThePolicyIsAnotherOne() {
    Redirector redirector = new Redirector(Tables.table(Policy.ROUND_ROBIN, "a, b"), clock::get);
    redirector.report(new LoadReport(Map.of("a", 0L, "b", 9L), MINUTE));
    assertThat(targets(redirector, 4)).containsExactly("a", "b", "a", "b");

    redirector.swap(Tables.table(2, 0, Policy.LEAST_CONNECTIONS, "a, b"));

    assertThat(targets(redirector, 3)).containsOnly("a");
  }

  @Test
  void passesOverACdnThatIsDownWhateverItReported() {
    Redirector redirector = redirector("a, b, c");
    redirector.report(new LoadReport(Map.of("a", 0L, "b", 5L, "c", 7L), MINUTE));
    redirector.setUp(Tables.cdn("a"), false);

    // With 7 each it is the turn of b.
    assertThat(targets(redirector, 4)).containsExactly("b", "b", "b", "c");
  }

  @Test
  void namesWhatItDoesNotKnow() throws InvalidVideoUrlException {
    Redirector redirector = redirector("a, b");

    assertThat(redirector.report(new LoadReport(Map.of("x", 1L, "b", 0L, "d", 1L), MINUTE)))
        .containsExactly("d", "x");
    assertThat(redirector.explain("http://s1.o/a", 1).cdns().get(1).load()).hasValue(0);
  }

  @Test
  void countsTheCallsOfASingleCdn() throws InvalidVideoUrlException {
    Redirector redirector = redirector("a");
    redirector.report(new LoadReport(Map.of("a", 1L), MINUTE));
    targets(redirector, 3);

    redirector.swap(Tables.table(2, 0, Policy.LEAST_CONNECTIONS, "a, b"));

    assertThat(redirector.explain("http://s1.o/a", 1).cdns().get(0).load()).hasValue(4);
  }

  /** Whatever two callers see of each other, every call is counted once. */
  @Test
  void countsEveryCallUnderConcurrency()
      throws InterruptedException, ExecutionException, InvalidVideoUrlException {
    Redirector redirector = redirector("a=3, b=2");
    redirector.report(new LoadReport(Map.of("a", 0L, "b", 0L), MINUTE));
    int threads = 4;
    int calls = 20_000;
    Callable<Integer> caller = () -> Collections.frequency(targets(redirector, calls), "a");

    int toA = 0;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (Future<Integer> count : pool.invokeAll(Collections.nCopies(threads, caller))) {
        toA += count.get();
      }
    } finally {
      pool.shutdownNow();
    }

    var cdns = redirector.explain("http://s1.o/a", 1).cdns();
    assertThat(cdns.get(0).load()).hasValue(toA);
    assertThat(cdns.get(1).load()).hasValue((long) threads * calls - toA);
    // A caller acts on what it saw, which the others may have changed meanwhile, each by one call.
    assertThat(toA).isCloseTo(threads * calls * 3 / 5, within(2 * threads));
  }

  private Redirector redirector(String cdns) {
    return new Redirector(Tables.table(Policy.LEAST_CONNECTIONS, cdns), clock::get);
  }
}
