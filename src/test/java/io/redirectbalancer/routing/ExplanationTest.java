package io.redirectbalancer.routing;

import static io.redirectbalancer.routing.Tables.VIDEO;
import static io.redirectbalancer.routing.Tables.cdn;
import static io.redirectbalancer.routing.Tables.targets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.routing.Explanation.CdnState;
import io.redirectbalancer.routing.Explanation.Reason;
import io.redirectbalancer.routing.Explanation.Step;
import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.Rule;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExplanationTest {
  private final AtomicLong clock = new AtomicLong();

  @Test
  void saysWhatTheNextCallsGetAndWhy() throws InvalidVideoUrlException {
    Redirector redirector =
        new Redirector(Tables.table(3, 3, Policy.ROUND_ROBIN, "a, b, c=0"), clock::get);
    targets(redirector, 4);
    redirector.setUp(cdn("b"), false);

    Explanation explanation = redirector.explain("http://s1.o/v", 3);

    Decision toA = new Decision("http://a/s1/v", "a");
    assertThat(explanation.generation()).isEqualTo(3);
    assertThat(explanation.policy()).isEqualTo(Policy.ROUND_ROBIN);
    assertThat(explanation.originEvery()).isEqualTo(3);
    assertThat(explanation.cdns())
        .containsExactly(
            new CdnState(cdn("a"), 1, true, OptionalLong.empty()),
            new CdnState(cdn("b"), 1, false, OptionalLong.empty()),
            new CdnState(cdn("c"), 0, true, OptionalLong.empty()));
    assertThat(explanation.steps())
        .containsExactly(
            new Step(5, toA, Reason.FAILOVER, Optional.of("b")),
            new Step(
                6, new Decision("http://s1.o/v", "origin"), Reason.ORIGIN_TURN, Optional.empty()),
            new Step(7, toA, Reason.POLICY, Optional.empty()));
  }

  @Test
  void aCallThatIsDecidedWithItsReasonTakesTheTurnThatWasExplained()
      throws InvalidVideoUrlException {
    Redirector redirector = new Redirector(Tables.table(3, 3, Policy.ROUND_ROBIN, "a, b"));
    redirector.setUp(cdn("b"), false);
    for (Step explained : redirector.explain(VIDEO, 7).steps()) {
      ReasonedDecision made = redirector.redirectWithReason(VIDEO);

      assertThat(made.step()).isEqualTo(explained);
      assertThat(made.table()).isSameAs(redirector.table());
    }
  }

  /** Those that are up share anew, so that a call may go from one of them to another. */
  @Test
  void failoverIsWhatWouldHaveBeenTheTurnOfACdnThatIsDown() throws InvalidVideoUrlException {
    Redirector redirector = new Redirector(Tables.table(Policy.ROUND_ROBIN, "a, b, c"));
    redirector.setUp(cdn("a"), false);

    assertThat(redirector.explain(VIDEO, 6).steps())
        .extracting(step -> step.decision().target() + " " + step.reason() + step.insteadOf())
        .containsExactly(
            "b FAILOVEROptional[a]",
            "c POLICYOptional.empty",
            "b POLICYOptional.empty",
            "c FAILOVEROptional[a]",
            "b POLICYOptional.empty",
            "c POLICYOptional.empty");
  }

  @Test
  void saysThatNoCdnIsUp() throws InvalidVideoUrlException {
    Redirector redirector = new Redirector(Tables.table(1, 2, Policy.ROUND_ROBIN, "a, c=0"));
    redirector.setUp(cdn("a"), false);

    Decision origin = new Decision(VIDEO, "origin");
    assertThat(redirector.explain(VIDEO, 2).steps())
        .containsExactly(
            new Step(1, origin, Reason.NO_CDN_UP, Optional.of("a")),
            new Step(2, origin, Reason.ORIGIN_TURN, Optional.empty()));
  }

  /** With loads and health in play, and asked twice, it is what then happens. */
  @ParameterizedTest
  @EnumSource
  void foretellsTheDecisionsWithoutMovingACounter(Policy policy) throws InvalidVideoUrlException {
    Redirector redirector =
        new Redirector(Tables.table(1, 10, policy, "a=3, b=2, c, d=0"), clock::get);
    redirector.report(new LoadReport(Map.of("a", 5L, "b", 1L, "c", 0L), Duration.ofSeconds(60)));
    redirector.setUp(cdn("c"), false);
    targets(redirector, 7);

    Explanation explanation = redirector.explain(VIDEO, 50);
    assertThat(redirector.explain(VIDEO, 50)).isEqualTo(explanation);

    for (Step step : explanation.steps()) {
      assertThat(redirector.redirect(VIDEO)).isEqualTo(step.decision());
    }
  }

  @Test
  void showsLoadsUntilTheReportExpires() throws InvalidVideoUrlException {
    Redirector redirector =
        new Redirector(Tables.table(Policy.LEAST_CONNECTIONS, "a, b"), clock::get);
    redirector.report(new LoadReport(Map.of("a", 5L), Duration.ofSeconds(60)));
    targets(redirector, 4);

    assertThat(redirector.explain(VIDEO, 1).cdns())
        .extracting(CdnState::load)
        .containsExactly(OptionalLong.of(7), OptionalLong.empty());

    clock.set(Duration.ofSeconds(60).toNanos());
    redirector.expireLoads();
    assertThat(redirector.explain(VIDEO, 1).cdns())
        .extracting(CdnState::load)
        .containsOnly(OptionalLong.empty());
  }

  @ParameterizedTest
  @CsvSource({"ftp://s1.o/a, SCHEME", "http://s1.o/, PATH"})
  void saysWhichRuleAUrlBreaks(String video, Rule rule) {
    Redirector redirector = new Redirector(Tables.table(Policy.ROUND_ROBIN, "a"));

    assertThatThrownBy(() -> redirector.explain(video, 1))
        .isInstanceOfSatisfying(
            InvalidVideoUrlException.class, e -> assertThat(e.rule()).isEqualTo(rule));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1_001})
  void explainsOneToAThousandCalls(int calls) throws InvalidVideoUrlException {
    Redirector redirector = new Redirector(Tables.table(Policy.ROUND_ROBIN, "a"));

    assertThat(redirector.explain(VIDEO, 1_000).steps()).hasSize(1_000);
    assertThatThrownBy(() -> redirector.explain(VIDEO, calls))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("calls: " + calls + " (expected: 1 to 1000)");
  }
}
