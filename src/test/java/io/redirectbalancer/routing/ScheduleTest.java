package io.redirectbalancer.routing;

import static io.redirectbalancer.routing.Tables.targets;
import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.url.VideoUrl;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {
  private static final VideoUrl URL = Tables.url(Tables.VIDEO);

  @Test
  void sharesByWeight() {
    Redirector redirector =
        new Redirector(Tables.table(Policy.WEIGHTED_ROUND_ROBIN, "a=3, b=1, c=0"));

    assertThat(targets(redirector, 8)).containsExactly("a", "a", "a", "b", "a", "a", "a", "b");
  }

  @Test
  void roundRobinTakesEveryWeightButZeroForOne() {
    Redirector redirector =
        new Redirector(Tables.table(Policy.ROUND_ROBIN, "a=3, b=10000, c=0, d=1"));

    assertThat(targets(redirector, 6)).containsExactly("a", "b", "d", "a", "b", "d");
  }

  /** The CDNs' turn does not stand still or jump where the origin takes a call. */
  @ParameterizedTest
  @CsvSource({
    "0, ababababababab",
    "1, OOOOOOOOOOOOOO",
    "2, aObOaObOaObOaO",
    "3, abOabOabOabOab",
    "4, abaObabOabaObabO"
  })
  void takesTheTurnThatTheOriginLeaves(int originEvery, String expected) {
    Redirector redirector = new Redirector(Tables.table(1, originEvery, Policy.ROUND_ROBIN, "a,b"));

    assertThat(String.join("", targets(redirector, expected.length())).replace("origin", "O"))
        .isEqualTo(expected);
  }

  @Property(tries = 200)
  void sharesAnyWindowOfCallsExactlyWhateverTheOriginTakes(
      @ForAll("weights") List<Integer> weights, @ForAll("intervals") int originEvery) {
    RoutingTable table =
        Tables.table(1, originEvery, Policy.WEIGHTED_ROUND_ROBIN, entries(weights));
    Redirector redirector = new Redirector(table);
    int length = Schedule.length(table.policy(), table.cdns());

    // Starts where the last one ended, within the cycle or not.
    for (int window = 0; window < 3; window++) {
      targets(redirector, 1 + window);
      List<String> given = new ArrayList<>();
      while (given.size() < length) {
        given.addAll(targets(redirector, 1));
        given.removeIf(Decision.ORIGIN::equals);
      }
      int sum = weights.stream().mapToInt(Integer::intValue).sum();
      for (int i = 0; i < weights.size(); i++) {
        assertThat(Collections.frequency(given, "cdn" + i))
            .isEqualTo(weights.get(i) * length / sum);
      }
    }
  }

  /** Any run of calls as long as their own schedule, not only one that starts with it. */
  @Property(tries = 200)
  void thoseThatAreEligibleShareExactlyByTheirOwnWeights(
      @ForAll("weights") List<Integer> weights, @ForAll long bits, @ForAll("starts") int start) {
    List<Integer> remaining = new ArrayList<>(weights);
    for (int i = 0; i < weights.size(); i++) {
      remaining.set(i, isIn(bits, i) ? weights.get(i) : 0);
    }
    int sum = remaining.stream().mapToInt(Integer::intValue).sum();
    Assume.that(sum > 0);
    int length = Schedule.length(Policy.WEIGHTED_ROUND_ROBIN, Tables.cdns(entries(remaining)));

    Schedule among =
        Schedule.of(Policy.WEIGHTED_ROUND_ROBIN, Tables.cdns(entries(weights))).among(bits);

    int[] counts = new int[weights.size()];
    for (int call = start; call < start + length; call++) {
      counts[among.pick(call, URL)]++;
    }
    assertThat(counts)
        .isEqualTo(remaining.stream().mapToInt(weight -> weight * length / sum).toArray());
  }

  @Property(tries = 200)
  void thoseThatAreEligibleAreAsSmoothlyInterleavedAsByThemselves(
      @ForAll("weights") List<Integer> weights, @ForAll long bits) {
    int[] remaining =
        IntStream.range(0, weights.size()).map(i -> isIn(bits, i) ? weights.get(i) : 0).toArray();
    Assume.that(IntStream.of(remaining).sum() > 0);
    byte[] slots = Interleaving.of(remaining);

    Schedule among =
        Schedule.of(Policy.WEIGHTED_ROUND_ROBIN, Tables.cdns(entries(weights))).among(bits);

    for (int call = 1; call <= 2 * slots.length; call++) {
      assertThat(among.pick(call, URL)).isEqualTo(slots[(call - 1) % slots.length]);
    }
  }

  @Test
  void hasNoSlotsForAPolicyThatNeedsNone() {
    assertThat(Schedule.length(Policy.DESTINATION_HASH, Tables.cdns("a=3,b=1"))).isZero();
  }

  @Provide
  static Arbitrary<List<Integer>> weights() {
    return Arbitraries.integers()
        .between(0, 20)
        .list()
        .ofMinSize(1)
        .ofMaxSize(64)
        .filter(weights -> weights.stream().anyMatch(weight -> weight > 0));
  }

  @Provide
  static Arbitrary<Integer> starts() {
    return Arbitraries.integers().between(1, 1_000_000);
  }

  @Provide
  static Arbitrary<Integer> intervals() {
    return Arbitraries.of(0, 2, 3, 10, 11);
  }

  private static String entries(List<Integer> weights) {
    return String.join(
        ",",
        IntStream.range(0, weights.size())
            .mapToObj(i -> "cdn" + i + "=" + weights.get(i))
            .toList());
  }

  private static boolean isIn(long set, int cdn) {
    return (set >>> cdn & 1) != 0;
  }
}
