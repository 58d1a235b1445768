package io.redirectbalancer.url;

/**
 * Finds {@code .} and {@code ..} segments, which servers resolve, so that a URL can leave the
 * folder it seems to be in (RFC 3986, section 5.2.4). Percent-encoded dots are dots;
 * percent-encoded slashes and backslashes end a segment, since some servers decode them first.
 */
public final class DotSegments {
  private DotSegments() {}

  /**
   * Whether the path {@code text[from, to)}, which starts with a slash, has a dot segment.
   *
   * @param mayHaveEscapes false if the text is known to have no percent sign, which saves a search
   */
  public static boolean occurIn(String text, int from, int to, boolean mayHaveEscapes) {
    boolean escapes = mayHaveEscapes && text.indexOf('%', from) >= 0;
    if (!escapes && text.indexOf("/.", from) < 0) {
      return false;
    }
    int segment = from + 1;
    int i = segment;
    while (i < to) {
      int separator = separatorLength(text, i);
      if (separator == 0) {
        i++;
        continue;
      }
      if (isDots(text, segment, i)) {
        return true;
      }
      i += separator;
      segment = i;
    }
    return isDots(text, segment, to);
  }

  private static int separatorLength(String text, int i) {
    if (text.charAt(i) == '/') {
      return 1;
    }
    return isEscaped(text, i, '2', 'f') || isEscaped(text, i, '5', 'c') ? 3 : 0;
  }

  private static boolean isDots(String text, int from, int to) {
    int dots = 0;
    int i = from;
    while (i < to) {
      if (text.charAt(i) == '.') {
        i++;
      } else if (isEscaped(text, i, '2', 'e')) {
        i += 3;
      } else {
        return false;
      }
      dots++;
    }
    return dots == 1 || dots == 2;
  }

  /** Whether an escape of these two hexadecimal digits, the second one a letter, starts at i. */
  private static boolean isEscaped(String text, int i, char digit, char lowerCaseLetter) {
    return text.charAt(i) == '%'
        && text.charAt(i + 1) == digit
        && (text.charAt(i + 2) | 0x20) == lowerCaseLetter;
  }
}
