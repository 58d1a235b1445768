package io.redirectbalancer.routing;

import static io.redirectbalancer.routing.Tables.cdn;
import static io.redirectbalancer.routing.Tables.target;
import static io.redirectbalancer.routing.Tables.targets;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CdnHealthTest {
  @ParameterizedTest
  @EnumSource(
      names = {"WEIGHTED_ROUND_ROBIN", "ROUND_ROBIN", "LEAST_CONNECTIONS"},
      mode = EnumSource.Mode.INCLUDE)
  void theShareOfACdnThatIsDownIsSharedByAllOthers(Policy policy) {
    Redirector redirector = new Redirector(Tables.table(1, 10, policy, "a, b, c"));
    redirector.setUp(cdn("a"), false);

    List<String> targets = targets(redirector, 1_000);

    assertThat(Collections.frequency(targets, "b")).isEqualTo(450);
    assertThat(Collections.frequency(targets, "c")).isEqualTo(450);
    assertThat(Collections.frequency(targets, "origin")).isEqualTo(100);
  }

  @Test
  void thoseThatAreUpShareByWeightHoweverManyAreDown() {
    Redirector redirector =
        new Redirector(Tables.table(Policy.WEIGHTED_ROUND_ROBIN, "a=5, b=3, c=2, d=1, e=4"));
    redirector.setUp(cdn("a"), false);
    redirector.setUp(cdn("e"), false);

    List<String> targets = targets(redirector, 600);
    assertThat(Collections.frequency(targets, "b")).isEqualTo(300);
    assertThat(Collections.frequency(targets, "c")).isEqualTo(200);
    assertThat(Collections.frequency(targets, "d")).isEqualTo(100);

    redirector.setUp(cdn("c"), false);
    assertThat(Collections.frequency(targets(redirector, 400), "b")).isEqualTo(300);
  }

  @Test
  void theOldScheduleGoesOnWhenAllAreBack() {
    Redirector redirector =
        new Redirector(Tables.table(Policy.WEIGHTED_ROUND_ROBIN, "a=3, b=2, c"));
    Redirector untouched = new Redirector(Tables.table(Policy.WEIGHTED_ROUND_ROBIN, "a=3, b=2, c"));
    targets(untouched, 8);

    targets(redirector, 2);
    redirector.setUp(cdn("a"), false);
    redirector.setUp(cdn("c"), false);
    assertThat(targets(redirector, 4)).containsOnly("b");
    redirector.setUp(cdn("a"), true);
    assertThat(targets(redirector, 2)).doesNotContain("c");
    redirector.setUp(cdn("c"), true);

    assertThat(targets(redirector, 12)).isEqualTo(targets(untouched, 12));
  }

  @Test
  void aHashedVideoFallsToItsSecondChoiceAndComesBack() {
    Redirector redirector = new Redirector(Tables.table(Policy.DESTINATION_HASH, "a=3, b=2, c"));
    Redirector without = new Redirector(Tables.table(Policy.DESTINATION_HASH, "b=2, c"));
    redirector.setUp(cdn("a"), false);

    for (String video : videos()) {
      assertThat(target(redirector, video)).isEqualTo(target(without, video));
    }

    redirector.setUp(cdn("a"), true);
    Redirector untouched = new Redirector(Tables.table(Policy.DESTINATION_HASH, "a=3, b=2, c"));
    for (String video : videos()) {
      assertThat(target(redirector, video)).isEqualTo(target(untouched, video));
    }
  }

  @ParameterizedTest
  @EnumSource
  void withNoneUpEveryCallGoesToTheOrigin(Policy policy) {
    Redirector redirector = new Redirector(Tables.table(1, 10, policy, "a=3, b, drained@c=0"));
    redirector.setUp(cdn("a"), false);
    redirector.setUp(cdn("b"), false);

    assertThat(targets(redirector, 20)).containsOnly("origin");

    redirector.setUp(cdn("b"), true);
    assertThat(targets(redirector, 9)).containsOnly("b");
  }

  @ParameterizedTest
  @EnumSource
  void aSingleCdnThatIsDownLeavesTheOrigin(Policy policy) {
    Redirector redirector = new Redirector(Tables.table(policy, "a"));
    redirector.setUp(cdn("a"), false);

    assertThat(targets(redirector, 3)).containsOnly("origin");
  }

  @Test
  void isBesideTheTable() {
    RoutingTable table = Tables.table(Policy.ROUND_ROBIN, "a, b");
    Redirector redirector = new Redirector(table);

    redirector.setUp(cdn("a"), false);

    assertThat(redirector.table()).isSameAs(table);
  }

  @Test
  void saysWhetherACdnsHealthChanged() {
    Redirector redirector = new Redirector(Tables.table(Policy.ROUND_ROBIN, "a, b=0"));

    assertThat(redirector.isUp(cdn("a"))).isTrue();
    assertThat(redirector.setUp(cdn("a"), true)).isFalse();
    assertThat(redirector.setUp(cdn("a"), false)).isTrue();
    assertThat(redirector.setUp(cdn("a"), false)).isFalse();
    assertThat(redirector.isUp(cdn("a"))).isFalse();
    assertThat(redirector.setUp(cdn("b"), false)).isTrue();
    assertThat(redirector.setUp(cdn("a"), true)).isTrue();
    assertThat(redirector.isUp(cdn("a"))).isTrue();
  }

  /** What a slow probe finds out about a CDN that has gone or moved says nothing any more. */
  @Test
  void leavesAloneWhatTheTableHasNoMore() {
    Redirector redirector = new Redirector(Tables.table(Policy.ROUND_ROBIN, "a, b@new"));

    assertThat(redirector.setUp(cdn("x"), false)).isFalse();
    assertThat(redirector.setUp(cdn("b@old"), false)).isFalse();

    assertThat(targets(redirector, 2)).containsExactly("a", "b");
    assertThat(redirector.isUp(cdn("x"))).isTrue();
  }

  @Test
  void goesAlongToATableThatHasTheCdnToo() {
    Redirector redirector = new Redirector(Tables.table(Policy.ROUND_ROBIN, "a, b, c@c1"));
    redirector.setUp(cdn("a"), false);
    redirector.setUp(cdn("c@c1"), false);

    redirector.swap(Tables.table(2, 0, Policy.WEIGHTED_ROUND_ROBIN, "c@c2, a=2, b"));

    assertThat(redirector.isUp(cdn("a"))).isFalse();
    assertThat(redirector.isUp(cdn("c@c2"))).isTrue();
    assertThat(targets(redirector, 4)).doesNotContain("a").contains("b", "c");
  }

  @Test
  void isForgottenWithTheCdn() {
    Redirector redirector = new Redirector(Tables.table(Policy.ROUND_ROBIN, "a, b"));
    redirector.setUp(cdn("a"), false);

    redirector.swap(Tables.table(2, 0, Policy.ROUND_ROBIN, "b"));
    redirector.swap(Tables.table(3, 0, Policy.ROUND_ROBIN, "a, b"));

    assertThat(targets(redirector, 2)).containsExactly("a", "b");
  }

  private static Iterable<String> videos() {
    return IntStream.range(0, 1_000).mapToObj(i -> "http://s1.origin-cluster/" + i).toList();
  }
}
