package io.redirectbalancer.routing;

import static io.redirectbalancer.routing.Tables.VIDEO;
import static io.redirectbalancer.routing.Tables.cdn;
import static io.redirectbalancer.routing.Tables.targets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.routing.Explanation.Reason;
import io.redirectbalancer.routing.Explanation.Step;
import io.redirectbalancer.url.InvalidVideoUrlException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OriginProtectionTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** Overflows while the tests run, as {@link System#nanoTime} may. */
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - SECOND / 2);

  @Test
  void callsBeyondTheLimitOfASecondGoToTheCdnsInTheirShares() {
    Redirector redirector = limited(3, 0, Policy.WEIGHTED_ROUND_ROBIN, "a=2, b");
    takeOut(redirector, "a", "b");

    assertThat(targets(redirector, 3)).containsOnly("origin");
    assertThat(targets(redirector, 6)).containsExactly("a", "a", "b", "a", "a", "b");
    clock.addAndGet(SECOND - 1);
    assertThat(targets(redirector, 1)).containsExactly("a");
    clock.addAndGet(1);
    assertThat(targets(redirector, 4)).containsExactly("origin", "origin", "origin", "a");
    assertThat(redirector.protectedCalls(OriginProtection.Reason.MAX_PER_SECOND)).isEqualTo(8);
    assertThat(redirector.protectedCalls(OriginProtection.Reason.PANIC)).isZero();
  }

  @Test
  void noSecondHoldsMoreThanTheLimitNotEvenAcrossTwoOfTheClocks() {
    Redirector redirector = limited(2, 0, Policy.ROUND_ROBIN, "a");
    takeOut(redirector, "a");

    assertThat(targets(redirector, 1)).containsExactly("origin");
    clock.addAndGet(SECOND * 9 / 10);
    assertThat(targets(redirector, 2)).containsExactly("origin", "a");
    clock.addAndGet(SECOND / 10);
    assertThat(targets(redirector, 2)).containsExactly("origin", "a");
    clock.addAndGet(SECOND * 9 / 10);
    assertThat(targets(redirector, 2)).containsExactly("origin", "a");
  }

  @Test
  void theOriginsOwnTurnsKeepTheirSequenceAndCount() {
    Redirector redirector = limited(3, 2, Policy.ROUND_ROBIN, "a");
    takeOut(redirector, "a");

    assertThat(targets(redirector, 8))
        .containsExactly("origin", "origin", "origin", "origin", "a", "origin", "a", "origin");
    clock.addAndGet(SECOND);
    // Of this second's three, one is the origin's own turn.
    assertThat(targets(redirector, 5)).containsExactly("origin", "origin", "origin", "origin", "a");
  }

  @Test
  void withALimitOfZeroTheOriginGetsItsOwnTurnsOnly() {
    Redirector redirector = limited(0, 10, Policy.ROUND_ROBIN, "a");
    takeOut(redirector, "a");

    List<String> targets = targets(redirector, 1_000);

    assertThat(Collections.frequency(targets, "origin")).isEqualTo(100);
    assertThat(targets.get(9)).isEqualTo("origin");
  }

  @Test
  void theLimitIsForWhileNoCdnIsUp() {
    Redirector redirector = limited(0, 0, Policy.ROUND_ROBIN, "a, b");
    takeOut(redirector, "a");

    assertThat(targets(redirector, 4)).containsOnly("b");
    assertThat(redirector.protectedCalls(OriginProtection.Reason.MAX_PER_SECOND)).isZero();
  }

  @Test
  void theLimitHoldsAcrossChangesOfHealthAndOfTheTable() {
    Redirector redirector = limited(3, 0, Policy.ROUND_ROBIN, "a");
    takeOut(redirector, "a");
    assertThat(targets(redirector, 4)).containsExactly("origin", "origin", "origin", "a");

    redirector.setUp(cdn("a"), true);
    redirector.setUp(cdn("a"), false);
    assertThat(targets(redirector, 1)).containsExactly("a");

    redirector.swap(
        Tables.table(2, 0, Policy.ROUND_ROBIN, "a, b=0")
            .withProtection(new OriginProtection(OptionalInt.of(4), 0)));
    assertThat(targets(redirector, 2)).containsExactly("origin", "a");
  }

  @ParameterizedTest
  @EnumSource
  void everyPolicySharesWhatIsBeyondTheLimit(Policy policy) {
    Redirector redirector = limited(1, 0, policy, "a, b=0");
    takeOut(redirector, "a", "b");

    assertThat(targets(redirector, 3)).containsExactly("origin", "a", "a");
  }

  @Test
  void aHashedVideoBeyondTheLimitGoesToItsOwnCdn() {
    Redirector redirector = limited(0, 0, Policy.DESTINATION_HASH, "a=3, b=2, c");
    Redirector allUp = new Redirector(Tables.table(Policy.DESTINATION_HASH, "a=3, b=2, c"));
    takeOut(redirector, "a", "b", "c");

    for (int i = 0; i < 100; i++) {
      String video = "http://s1.origin-cluster/" + i;
      assertThat(Tables.target(redirector, video)).isEqualTo(Tables.target(allUp, video));
    }
  }

  @ParameterizedTest
  @CsvSource({
    // 40 of 100
    "WEIGHTED_ROUND_ROBIN, 'a=6, b=4', a, 50, true",
    "WEIGHTED_ROUND_ROBIN, 'a=6, b=4', b, 50, false",
    "WEIGHTED_ROUND_ROBIN, 'a=6, b=4', a, 40, false",
    "WEIGHTED_ROUND_ROBIN, 'a=6, b=4', a, 41, true",
    "WEIGHTED_ROUND_ROBIN, 'a=6, b=4', a, 0, false",
    "WEIGHTED_ROUND_ROBIN, 'a=6, b=4', b, 100, true",
    // Weights as the policy counts them; who has none is no part of it.
    "ROUND_ROBIN, 'a=9, b, c=0', a, 50, false",
    "LEAST_CONNECTIONS, 'a=9, b, c=0', a, 50, true",
    "DESTINATION_HASH, 'a=9, b, c=0', a, 50, true",
    "DESTINATION_HASH, 'a=9, b, c=0', c, 100, false",
  })
  void tooLittleWeightThatIsUpIsPanic(
      Policy policy, String cdns, String down, int percent, boolean panic)
      throws InvalidVideoUrlException {
    Redirector redirector = panicking(percent, 0, policy, cdns);

    assertThat(redirector.explain(VIDEO, 1).steps().get(0).reason()).isNotEqualTo(Reason.PANIC);
    takeOut(redirector, down);

    assertThat(redirector.explain(VIDEO, 1).steps().get(0).reason() == Reason.PANIC)
        .isEqualTo(panic);
  }

  @Test
  void inPanicAllCdnsTakeTheirTurnsAndTheOriginItsOwn() {
    Redirector redirector = panicking(50, 4, Policy.WEIGHTED_ROUND_ROBIN, "a=2, b, c=0");
    takeOut(redirector, "a");

    assertThat(targets(redirector, 8))
        .containsExactly("a", "a", "b", "origin", "a", "a", "b", "origin");
    takeOut(redirector, "b");
    assertThat(targets(redirector, 4)).containsExactly("a", "a", "b", "origin");
    assertThat(redirector.protectedCalls(OriginProtection.Reason.PANIC)).isEqualTo(9);

    redirector.setUp(cdn("a"), true);
    assertThat(targets(redirector, 4)).containsExactly("a", "a", "a", "origin");
    assertThat(redirector.protectedCalls(OriginProtection.Reason.PANIC)).isEqualTo(9);
  }

  @Test
  void panicComesBeforeTheLimit() {
    Redirector redirector =
        redirector(new OriginProtection(OptionalInt.of(1), 1), 0, Policy.ROUND_ROBIN, "a, b");
    takeOut(redirector, "a", "b");

    assertThat(targets(redirector, 4)).containsExactly("a", "b", "a", "b");
    assertThat(redirector.protectedCalls(OriginProtection.Reason.MAX_PER_SECOND)).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void explainsWhatTheNextCallsWouldGetAtOnceWithoutCountingThem(Policy policy)
      throws InvalidVideoUrlException {
    Redirector redirector = limited(4, 3, policy, "a=2, b");
    redirector.report(new LoadReport(Collections.singletonMap("a", 1L), Duration.ofSeconds(60)));
    takeOut(redirector, "a", "b");
    targets(redirector, 1);

    Explanation explanation = redirector.explain(VIDEO, 12);

    assertThat(redirector.explain(VIDEO, 12)).isEqualTo(explanation);
    assertThat(explanation.steps())
        .extracting(Step::reason)
        .startsWith(Reason.NO_CDN_UP, Reason.ORIGIN_TURN, Reason.NO_CDN_UP, Reason.ORIGIN_MAX)
        .endsWith(Reason.ORIGIN_TURN, Reason.ORIGIN_MAX);
    assertThat(redirector.protectedCalls(OriginProtection.Reason.MAX_PER_SECOND)).isZero();
    for (Step step : explanation.steps()) {
      assertThat(redirector.redirect(VIDEO)).isEqualTo(step.decision());
    }
  }

  @Test
  void explainingInPanicCountsNothing() throws InvalidVideoUrlException {
    Redirector redirector = panicking(50, 2, Policy.ROUND_ROBIN, "a");
    takeOut(redirector, "a");

    assertThat(redirector.explain(VIDEO, 2).steps())
        .extracting(Step::reason)
        .containsExactly(Reason.PANIC, Reason.ORIGIN_TURN);
    assertThat(redirector.protectedCalls(OriginProtection.Reason.PANIC)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, maxPerSecond: -1 (expected: >= 0)",
    "0, -1, panicPercent: -1 (expected: 0 to 100)",
    "0, 101, panicPercent: 101 (expected: 0 to 100)",
  })
  void rejectsWhatIsOutOfBounds(int maxPerSecond, int panicPercent, String message) {
    assertThatThrownBy(() -> new OriginProtection(OptionalInt.of(maxPerSecond), panicPercent))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private Redirector limited(int maxPerSecond, int originEvery, Policy policy, String cdns) {
    var protection = new OriginProtection(OptionalInt.of(maxPerSecond), 0);
    return redirector(protection, originEvery, policy, cdns);
  }

  private Redirector panicking(int percent, int originEvery, Policy policy, String cdns) {
    var protection = new OriginProtection(OptionalInt.empty(), percent);
    return redirector(protection, originEvery, policy, cdns);
  }

  private Redirector redirector(
      OriginProtection protection, int originEvery, Policy policy, String cdns) {
    RoutingTable table = Tables.table(1, originEvery, policy, cdns).withProtection(protection);
    return new Redirector(table, clock::get);
  }

  private static void takeOut(Redirector redirector, String... names) {
    for (Cdn cdn : redirector.cdns()) {
      if (List.of(names).contains(cdn.name())) {
        redirector.setUp(cdn, false);
      }
    }
  }
}
