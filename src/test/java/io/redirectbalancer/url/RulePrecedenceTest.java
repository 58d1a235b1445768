package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Where several rules are broken, the lowest number is named. */
class RulePrecedenceTest {
  private static final OriginDomains DOMAINS =
      OriginDomains.of(List.of(OriginDomains.Domain.parse("origin-cluster")));

  /** A blank text breaks no other rule. */
  private static final Set<Rule> COMBINABLE = EnumSet.complementOf(EnumSet.of(Rule.BLANK));

  static Stream<Arguments> pairs() {
    return COMBINABLE.stream()
        .flatMap(
            first ->
                COMBINABLE.stream()
                    .filter(second -> second.compareTo(first) > 0)
                    // A path without a second character has no dot segment.
                    .filter(second -> first != Rule.PATH || second != Rule.DOT_SEGMENT)
                    .map(second -> Arguments.of(first, second)));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void ofTwoBrokenRulesTheFirstIsNamed(Rule first, Rule second) {
    assertThat(BrokenRule.of(urlBreaking(EnumSet.of(first, second)), DOMAINS)).contains(first);
  }

  @Test
  void ofAllBrokenRulesTheFirstIsNamedUntilItIsMended() {
    Set<Rule> broken = EnumSet.copyOf(COMBINABLE);
    broken.remove(Rule.PATH);

    for (Rule first : EnumSet.copyOf(broken)) {
      assertThat(BrokenRule.of(urlBreaking(broken), DOMAINS)).contains(first);
      broken.remove(first);
    }
    assertThat(BrokenRule.of(urlBreaking(broken), DOMAINS)).isEmpty();
  }

  /** A URL of which each part breaks the rule about it, if asked for. */
  private static String urlBreaking(Set<Rule> rules) {
    return (rules.contains(Rule.SCHEME) ? "ftp://" : "http://")
        + (rules.contains(Rule.USER_INFO) ? "u@" : "")
        + (rules.contains(Rule.HOST) ? "-s1" : "s1")
        + (rules.contains(Rule.DOMAIN) ? ".evil.example" : ".origin-cluster")
        + (rules.contains(Rule.PORT) ? ":081" : ":80")
        + (rules.contains(Rule.PATH) ? "/" : "/a")
        + (rules.contains(Rule.DOT_SEGMENT) ? "/../b" : "")
        + (rules.contains(Rule.CHARACTERS) ? "?%zz" : "?b")
        + (rules.contains(Rule.TOO_LONG) ? "b".repeat(8192) : "");
  }
}
