package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathRuleTest {
  private static final String ORIGIN = "http://s1.origin-cluster";

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "?a", "/?a", "#a", "/#a", "/?a/b", "?/a", "#/a", ":80", ":80/"})
  void rejectsPathsWithoutACharacterAfterTheFirstSlash(String rest) {
    assertThat(BrokenRule.of(ORIGIN + rest)).contains(Rule.PATH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a",
        "//",
        "///",
        "/%20",
        "/;",
        "/é",
        "/a/",
        "/a//b",
        "/a;p=1/b",
        "/a?b#c",
        "/{a}|[b]^`"
      })
  void acceptsAnyOtherPath(String path) {
    assertThat(BrokenRule.of(ORIGIN + path)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/.",
        "/..",
        "/./",
        "/../",
        "/./a",
        "/../a",
        "/a/.",
        "/a/..",
        "/a/./",
        "/a/./b",
        "/a/../b",
        "//..",
        "/..//",
        "/.?a",
        "/..?a",
        "/..#a",
        "/a/..?b#c",
        "/%2e",
        "/%2E",
        "/%2E%2e",
        "/x/%2E%2e/y",
        "/.%2e",
        "/%2e.",
        "/%2E?a",
        "/a%2F..%2Fb",
        "/a%2f..",
        "/a%2F..%5C",
        "/a%5C..",
        "/a%5c%2e%2E%5cb",
        "/..%2Fa",
        "/..%5Ca",
        "/%2F..",
        "/%2F.",
        "/a%2F.",
        "/a%5C.%2F",
        "/é/../b",
        "/é/..",
      })
  void rejectsDotSegments(String path) {
    assertThat(BrokenRule.of(ORIGIN + path)).contains(Rule.DOT_SEGMENT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/...",
        "/....",
        "/%2E%2E%2E",
        "/..;",
        "/..;/a",
        "/.;p=1/a",
        "/..a",
        "/a..",
        "/.a",
        "/a.",
        "/.a./b",
        "/a..b",
        "/.well-known/a",
        "/..%20",
        "/%20..",
        "/..%00",
        "/a?/../b",
        "/a?b=/./c",
        "/a#/../b",
        "/a?..",
        "/%252e%252e",
        "/a%2F",
        "/a%5C",
        "/a%3F..",
        "/..é",
      })
  void keepsToWholeSegmentsOfThePath(String path) {
    assertThat(BrokenRule.of(ORIGIN + path)).isEmpty();
  }
}
