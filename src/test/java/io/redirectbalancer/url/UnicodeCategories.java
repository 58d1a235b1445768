package io.redirectbalancer.url;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the Unicode standard's own list says of code points, to compare the real table with. */
final class UnicodeCategories {
  private static final Pattern RANGE =
      Pattern.compile("([0-9A-F]+)(?:\\.\\.([0-9A-F]+))? *; [A-Z][a-z]");
  private static final BitSet LISTED = read("/unicode-15.1-categories.txt");

  private UnicodeCategories() {}

  /** Rule 3's words: the listed categories and the noncharacters, but for two joiners. */
  static boolean isInvisible(int codePoint) {
    boolean nonCharacter =
        (codePoint >= 0xFDD0 && codePoint <= 0xFDEF) || (codePoint & 0xFFFF) >= 0xFFFE;
    boolean joiner = codePoint == 0x200C || codePoint == 0x200D;
    return (LISTED.get(codePoint) || nonCharacter) && !joiner;
  }

  private static BitSet read(String resource) {
    BitSet listed = new BitSet();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(UnicodeCategories.class.getResourceAsStream(resource)),
                StandardCharsets.UTF_8))) {
      for (String line : reader.lines().toList()) {
        Matcher range = RANGE.matcher(line);
        if (range.matches()) {
          String last = range.group(2) == null ? range.group(1) : range.group(2);
          listed.set(Integer.parseInt(range.group(1), 16), Integer.parseInt(last, 16) + 1);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return listed;
  }
}
