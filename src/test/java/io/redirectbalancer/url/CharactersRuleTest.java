package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CharactersRuleTest {
  private static final String URL = "http://s1.origin-cluster/a";

  static IntStream rejectedAscii() {
    return IntStream.range(0, 128).filter(c -> c <= ' ' || c == 0x7f || "\"<>\\%".indexOf(c) >= 0);
  }

  static IntStream otherAscii() {
    return IntStream.range(0, 128).filter(c -> c > ' ' && c < 0x7f && "\"<>\\%".indexOf(c) < 0);
  }

  @ParameterizedTest
  @MethodSource("rejectedAscii")
  void rejectsControlsSpacesAndDelimitersInEveryPart(int c) {
    String character = Character.toString(c);

    assertThat(BrokenRule.of(URL + character + "z")).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of(URL + "?" + character + "z")).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of(URL + "#" + character + "z")).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of("http://s1" + character + "z/a")).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of("http://u" + character + "z@s1/a")).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of("http://s1:8" + character + "z/a")).contains(Rule.CHARACTERS);
  }

  @ParameterizedTest
  @MethodSource("otherAscii")
  void acceptsEveryOtherAsciiCharacterInThePath(int c) {
    assertThat(BrokenRule.of(URL + Character.toString(c) + "z")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"%00", "%20", "%4a", "%4A", "%fF", "%25zz", "%41%42", "%C3%A9"})
  void acceptsEscapes(String escape) {
    assertThat(BrokenRule.of(URL + escape)).isEmpty();
    assertThat(BrokenRule.of(URL + "?" + escape)).isEmpty();
    assertThat(BrokenRule.of(URL + "#" + escape)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%",
        "%4",
        "%zz",
        "%4g",
        "%g4",
        "%%41",
        "%4%41",
        "%-1",
        "%+1",
        "%:0",
        "%@0",
        "%`0",
        "%4/1",
        "%4?1",
        "%4#1",
        "%\uFF11\uFF11",
        "%1\u0661",
        "%é0"
      })
  void rejectsPercentSignsWithoutTwoHexadecimalDigits(String notAnEscape) {
    assertThat(BrokenRule.of(URL + notAnEscape)).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of(URL + "?" + notAnEscape)).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of("http://s1" + notAnEscape)).contains(Rule.CHARACTERS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "é",
        "ß",
        "中",
        "e\u0301",
        "\u20AC",
        "😀",
        "\uD840\uDC00",
        "\uFFFD",
        "\u200C",
        "\u200D"
      })
  void acceptsVisibleNonAsciiAndJoinersAfterTheHostOnly(String character) {
    assertThat(BrokenRule.of(URL + character)).isEmpty();
    assertThat(BrokenRule.of(URL + "?" + character)).isEmpty();
    assertThat(BrokenRule.of(URL + "#" + character)).isEmpty();
    assertThat(BrokenRule.of("http://s1" + character + "/a")).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of("http://" + character + "@s1/a")).contains(Rule.CHARACTERS);
    // A port lies after the host: its own rule rejects what is no digit.
    assertThat(BrokenRule.of("http://s1:" + character + "/a")).contains(Rule.PORT);
  }

  @ParameterizedTest(name = "U+{0}")
  @ValueSource(
      ints = {
        0x80, // control
        0x85, 0x9F, 0xAD, // format
        0x200B, 0x200E, 0x202E, 0x2066, 0xFEFF, 0xE0001, 0x890, 0x1343F, 0xE000, // private use
        0xF8FF, 0xF0000, 0x10FFFD, 0xFDD0, // noncharacters
        0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF, 0xA0, // space separators
        0x1680, 0x2003, 0x202F, 0x3000, 0x2028, // line separator
        0x2029, // paragraph separator
      })
  void rejectsInvisibleCharacters(int codePoint) {
    String character = Character.toString(codePoint);

    assertThat(BrokenRule.of(URL + character + "z")).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of(URL + "?" + character)).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of(URL + "#" + character)).contains(Rule.CHARACTERS);
  }

  @Test
  void outsideAsciiRejectsExactlyWhatUnicode15Point1Lists() {
    List<String> wrong =
        IntStream.rangeClosed(0x80, Character.MAX_CODE_POINT)
            .filter(c -> InvisibleCharacters.contain(c) != UnicodeCategories.isInvisible(c))
            .mapToObj(c -> String.format("U+%04X", c))
            .toList();

    assertThat(wrong).isEmpty();
  }

  /** Some are assigned in later versions: that a JDK knows more must not change an answer. */
  @ParameterizedTest(name = "U+{0}")
  @ValueSource(ints = {0x378, 0x1FFF, 0x2065, 0xFFF0, 0x13456, 0xE0000, 0xE0080, 0x1CC00, 0x3134B})
  void acceptsUnassignedCodePoints(int codePoint) {
    assertThat(BrokenRule.of(URL + Character.toString(codePoint))).isEmpty();
  }

  static String[] brokenSurrogates() {
    // Built here, since not every tool keeps half a character in a string literal of a display
    // name.
    return new String[] {
      "\uD83D", "\uDE00", "\uD83Dz", "z\uDE00", "\uDE00\uD83D", "\uD83D\uD83D\uDE00", "😀\uDE00"
    };
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("brokenSurrogates")
  void rejectsHalvesOfSurrogatePairs(String broken) {
    assertThat(BrokenRule.of(URL + broken)).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of(URL + "?" + broken + "&b")).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of("http://s1" + broken + "/a")).contains(Rule.CHARACTERS);
  }
}
