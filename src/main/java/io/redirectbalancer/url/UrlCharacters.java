package io.redirectbalancer.url;

/** Which characters a URL may hold: rule 3 of the video URL, and the same for a CDN's base path. */
public final class UrlCharacters {
  // As long as Latin-1: no character of a Latin-1 string lies beyond, so compiled code does not
  // check.
  private static final boolean[] ALLOWED = new boolean[256];
  private static final boolean[] PLAIN = new boolean[256];

  static {
    for (char c = '!'; c < 0x7f; c++) {
      ALLOWED[c] = "\"<>\\%".indexOf(c) < 0;
      PLAIN[c] = ALLOWED[c] && c != '?' && c != '#';
    }
  }

  private UrlCharacters() {}

  /**
   * Returns the end of the run of plain characters: ASCII that may occur anywhere after the host
   * and neither starts an escape nor ends the path.
   */
  static int plainEnd(String text, int from) {
    int i = from;
    while (i < text.length() && isPlain(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Returns the end of the run of ASCII characters that may occur after the host. */
  static int asciiEnd(String text, int from) {
    int i = from;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (!isAllowed(c) && !(c == '%' && isEscape(text, i))) {
        break;
      }
      i++;
    }
    return i;
  }

  /**
   * Returns the index of the first character that is invalid at its place, or -1.
   *
   * @param asciiUntil before this index, characters outside ASCII are invalid
   */
  public static int firstInvalid(String text, int from, int asciiUntil) {
    int length = text.length();
    for (int i = from; i < length; i++) {
      char c = text.charAt(i);
      if (isAllowed(c)) {
        continue;
      }
      if (c == '%'
          ? !isEscape(text, i)
          : c < 128 || i < asciiUntil || InvisibleCharacters.contain(text.codePointAt(i))) {
        return i;
      }
      if (Character.isHighSurrogate(c)) {
        i++;
      }
    }
    return -1;
  }

  private static boolean isAllowed(char c) {
    return c < ALLOWED.length && ALLOWED[c];
  }

  private static boolean isPlain(char c) {
    return c < PLAIN.length && PLAIN[c];
  }

  private static boolean isEscape(String text, int percent) {
    return percent + 2 < text.length()
        && isHexDigit(text.charAt(percent + 1))
        && isHexDigit(text.charAt(percent + 2));
  }

  private static boolean isHexDigit(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
  }
}
