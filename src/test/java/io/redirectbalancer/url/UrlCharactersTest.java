package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class UrlCharactersTest {
  private static final String NOT_ALLOWED = "\"<>\\%";
  private static final String NOT_PLAIN = NOT_ALLOWED + "?#";

  @Test
  void eachCharacterIsFoundAtEachPlace() {
    for (char c = 0; c < 0x180; c++) {
      for (int at = 0; at < 20; at++) {
        String text = "a".repeat(80 + at) + c + "z".repeat(19 - at);
        boolean ascii = c > ' ' && c < 0x7f;
        String what = "%04x at %d".formatted((int) c, at);
        assertThat(UrlCharacters.plainEnd(text, 3))
            .as(what)
            .isEqualTo(ascii && NOT_PLAIN.indexOf(c) < 0 ? text.length() : 80 + at);
        assertThat(UrlCharacters.asciiEnd(text, 3))
            .as(what)
            .isEqualTo(ascii && NOT_ALLOWED.indexOf(c) < 0 ? text.length() : 80 + at);
      }
    }
  }

  @Test
  void aRunEndsWhereItEndsOneByOne() {
    Random random = new Random(1);
    String kinds = "abc/=&'%?#\\\u007f\u00e9\u0161 ";
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(160);
      while (text.length() < length) {
        text.append("x".repeat(random.nextInt(30)))
            .append(kinds.charAt(random.nextInt(random.nextInt(3) == 0 ? kinds.length() : 7)));
      }
      int from = random.nextInt(text.length() + 1);
      assertThat(UrlCharacters.plainEnd(text.toString(), from))
          .as(text.toString())
          .isEqualTo(plainEnd(text, from));
    }
  }

  @Test
  void escapesAreAllowedAsAWhole() {
    String start = "http://s1.a/" + "v".repeat(100);
    assertThat(UrlCharacters.asciiEnd(start + "%2F%aa?b=c&d=%20#e", 12)).isEqualTo(130);
    assertThat(UrlCharacters.asciiEnd(start + "%2F%2G", 12)).isEqualTo(115);
    assertThat(UrlCharacters.asciiEnd(start + "%2", 12)).isEqualTo(112);
  }

  private static int plainEnd(CharSequence text, int from) {
    int end = from;
    while (end < text.length()
        && text.charAt(end) > ' '
        && text.charAt(end) < 0x7f
        && NOT_PLAIN.indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return end;
  }
}
