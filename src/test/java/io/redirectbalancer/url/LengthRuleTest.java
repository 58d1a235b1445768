package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** At most 8192 bytes of UTF-8, whatever the number of characters. */
class LengthRuleTest {
  private static final String START = "http://s1.origin-cluster/";

  @ParameterizedTest
  @ValueSource(strings = {"a", "é", "中", "😀", "aé中😀"})
  void acceptsUpTo8192Bytes(String filler) {
    assertThat(BrokenRule.of(urlOfBytes(8192, filler))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "é", "中", "😀", "aé中😀"})
  void rejects8193Bytes(String filler) {
    assertThat(BrokenRule.of(urlOfBytes(8193, filler))).contains(Rule.TOO_LONG);
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 2722, 2723, 2730, 2731, 4000})
  void countsCharactersOfThreeBytesThrice(int characters) {
    String url = START + "中".repeat(characters);
    boolean fits = START.length() + 3 * characters <= 8192;

    assertThat(BrokenRule.of(url).isEmpty()).isEqualTo(fits);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9000})
  void doesNotCountTheWhitespaceAround(int blanks) {
    String url = " ".repeat(blanks) + urlOfBytes(8192, "a") + "\n".repeat(blanks);

    assertThat(BrokenRule.of(url)).isEmpty();
  }

  /** Repeats the filler, then fills up with letters of one byte. */
  private static String urlOfBytes(int bytes, String filler) {
    int room = bytes - START.length();
    int fillerBytes = filler.getBytes(StandardCharsets.UTF_8).length;
    String url = START + filler.repeat(room / fillerBytes) + "a".repeat(room % fillerBytes);
    assertThat(url.getBytes(StandardCharsets.UTF_8)).hasSize(bytes);
    return url;
  }
}
