package io.redirectbalancer.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterleavingTest {
  @ParameterizedTest
  @CsvSource({
    "1, a",
    "7, a",
    "'1,1', ab",
    "'2,2', ab",
    "'1,1,1', abc",
    "'3,1', aaab",
    "'1,3', bbba",
    "'2,1,1', abac",
    "'5,1,1', aaabaac",
    "'4,4,1', ababcabab",
    "'0,2,0,1', bbd",
    "'30,20,10', ababac",
  })
  void interleaves(String weights, String expected) {
    assertThat(shown(Interleaving.of(weights(weights)))).isEqualTo(expected);
  }

  @Property(tries = 300)
  void isAsLongAsTheWeightsNeed(@ForAll("weights") int[] weights) {
    assertThat(Interleaving.of(weights)).hasSize(sum(weights) / gcd(weights));
  }

  /** The cycle repeats: a window that holds each share once does so wherever it starts. */
  @Property(tries = 300)
  void givesEveryWindowOfItsLengthExactlyEachShare(
      @ForAll("weights") int[] weights, @ForAll Random random) {
    byte[] slots = Interleaving.of(weights);
    int start = random.nextInt(slots.length);

    int[] counts = new int[weights.length];
    for (int i = 0; i < slots.length; i++) {
      counts[slots[(start + i) % slots.length]]++;
    }
    assertThat(counts)
        .isEqualTo(Arrays.stream(weights).map(weight -> weight / gcd(weights)).toArray());
  }

  /**
   * Others have {@code others} slots in a cycle, which part a CDN's {@code own} into that many runs
   * at most, one of which has at least {@code own / others}, rounded up.
   */
  @Property(tries = 300)
  void makesNoRunLongerThanItHasToBe(@ForAll("weights") int[] weights) {
    assertRunsAreShortest(weights);
  }

  @Test
  void makesNoRunLongerThanItHasToBeForAnySmallWeights() {
    for (int code = 1; code < 7 * 7 * 7 * 7 * 7; code++) {
      int[] weights = new int[5];
      for (int i = 0, rest = code; i < weights.length; i++, rest /= 7) {
        weights[i] = rest % 7;
      }
      assertRunsAreShortest(weights);
    }
  }

  /** In no run of calls, however short, does a CDN get three calls more or less than its share. */
  @Property(tries = 300)
  void keepsEveryRunOfCallsCloseToTheShares(@ForAll("weights") int[] weights) {
    byte[] slots = Interleaving.of(weights);
    for (int cdn = 0; cdn < weights.length; cdn++) {
      double share = (double) weights[cdn] / sum(weights);
      double ahead = 0;
      double most = 0;
      double least = 0;
      for (byte slot : slots) {
        ahead += (slot == cdn ? 1 : 0) - share;
        most = Math.max(most, ahead);
        least = Math.min(least, ahead);
      }
      assertThat(most - least).as("CDN %d of %s", cdn, Arrays.toString(weights)).isLessThan(3);
    }
  }

  @Test
  void isExactForTheLargestSchedule() {
    int[] weights = new int[64];
    Random random = new Random(1);
    for (int i = 0; i < 63; i++) {
      weights[i] = 1_000 + random.nextInt(1_000);
    }
    weights[63] = 0;
    weights[63] = 100_000 - sum(weights);
    assertThat(gcd(weights)).isEqualTo(1);

    assertRunsAreShortest(weights);
  }

  @Provide
  static Arbitrary<int[]> weights() {
    Arbitrary<Integer> weight =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 3),
            Arbitraries.integers().between(1, 12),
            Arbitraries.integers().between(1, 300));
    return weight.array(int[].class).ofMinSize(1).ofMaxSize(64).filter(weights -> sum(weights) > 0);
  }

  private static void assertRunsAreShortest(int[] weights) {
    byte[] slots = Interleaving.of(weights);
    int divisor = gcd(weights);
    for (int cdn = 0; cdn < weights.length; cdn++) {
      int own = weights[cdn] / divisor;
      int others = slots.length - own;
      int shortest = others == 0 || own == 0 ? own : (own + others - 1) / others;
      assertThat(longestRun(slots, cdn))
          .as("run of CDN %d of %s", cdn, Arrays.toString(weights))
          .isEqualTo(shortest);
    }
  }

  /** Around the end of the cycle, too. */
  private static int longestRun(byte[] slots, int cdn) {
    int longest = 0;
    int run = 0;
    for (int i = 0; i < 2 * slots.length; i++) {
      run = slots[i % slots.length] == cdn ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    return Math.min(longest, slots.length);
  }

  private static String shown(byte[] slots) {
    StringBuilder shown = new StringBuilder();
    for (byte slot : slots) {
      shown.append((char) ('a' + slot));
    }
    return shown.toString();
  }

  private static int[] weights(String list) {
    return Arrays.stream(list.split(",")).mapToInt(Integer::parseInt).toArray();
  }

  private static int sum(int[] weights) {
    return IntStream.of(weights).sum();
  }

  private static int gcd(int[] weights) {
    return IntStream.of(weights)
        .mapToObj(BigInteger::valueOf)
        .reduce(BigInteger.ZERO, BigInteger::gcd)
        .intValue();
  }
}
