package io.redirectbalancer.url;

import org.jspecify.annotations.Nullable;

/**
 * DNS names by RFC 1123, section 2.1, and with the underscores that occur in practice: labels of
 * letters, digits, underscores and inner hyphens, at most 63 characters each and 253 in all. What a
 * URL parser would take for an IPv4 address (WHATWG URL, "ends in a number") is not a name.
 */
public final class DnsName {
  static final String EXPECTED =
      "a DNS name: labels of letters, digits, underscores and inner hyphens, at most 63 each and 253"
          + " in all, no IP address";
  static final int NONE = -1;
  private static final int MAX_LENGTH = 253;
  private static final int MAX_LABEL = 63;

  // As long as Latin-1: no character of a Latin-1 string lies beyond, so compiled code does not
  // check.
  private static final boolean[] LABEL_CHARACTERS = new boolean[256];

  static {
    for (char c = 0; c < 128; c++) {
      LABEL_CHARACTERS[c] = Character.isLetterOrDigit(c) || c == '-' || c == '_';
    }
  }

  private DnsName() {}

  /**
   * Returns the end of the DNS name that starts at {@code from}, or {@link #NONE} if the run of
   * name characters there is not a DNS name.
   */
  static int end(String text, int from) {
    int label = from;
    while (true) {
      int labelEnd = labelEnd(text, label);
      if (!isLabel(text, label, labelEnd)) {
        return NONE;
      }
      if (labelEnd == text.length() || text.charAt(labelEnd) != '.') {
        boolean name = labelEnd - from <= MAX_LENGTH && !isNumber(text, label, labelEnd);
        return name ? labelEnd : NONE;
      }
      label = labelEnd + 1;
    }
  }

  /**
   * Returns why {@code text[from, to)} is not a DNS name, or null if it is one.
   *
   * @param to the end of the text, or the index of a character that is not part of a name
   */
  public static @Nullable String error(String text, int from, int to) {
    if (end(text, from) == to) {
      return null;
    }
    if (to == from) {
      return "no host";
    }
    if (to - from > MAX_LENGTH) {
      return "a host of " + (to - from) + " characters";
    }
    String host = "host " + quote(text, from, to);
    for (int i = from; i < to; i++) {
      if (text.charAt(i) != '.' && !isLabelCharacter(text.charAt(i))) {
        return host;
      }
    }
    int label = from;
    while (label <= to) {
      int labelEnd = labelEnd(text, label);
      if (!isLabel(text, label, labelEnd)) {
        return host + labelError(labelEnd - label);
      }
      label = labelEnd + 1;
    }
    return "IP address " + quote(text, from, to);
  }

  /** Where the run of characters that a label may hold ends. */
  private static int labelEnd(String text, int from) {
    int i = from;
    while (i < text.length() && isLabelCharacter(text.charAt(i))) {
      i++;
    }
    return i;
  }

  private static boolean isLabel(String text, int from, int to) {
    return to > from
        && to - from <= MAX_LABEL
        && text.charAt(from) != '-'
        && text.charAt(to - 1) != '-';
  }

  private static String labelError(int length) {
    if (length > MAX_LABEL) {
      return " with a label of " + length + " characters";
    }
    return length == 0 ? " with an empty label" : " with an outer hyphen";
  }

  /** Digits only, or {@code 0x} and zero or more hexadecimal digits. */
  private static boolean isNumber(String text, int from, int to) {
    char first = text.charAt(from);
    if (first < '0' || first > '9') {
      return false;
    }
    boolean hexadecimal = to - from >= 2 && first == '0' && (text.charAt(from + 1) | 0x20) == 'x';
    for (int i = hexadecimal ? from + 2 : from; i < to; i++) {
      if (Character.digit(text.charAt(i), hexadecimal ? 16 : 10) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLabelCharacter(char c) {
    return c < LABEL_CHARACTERS.length && LABEL_CHARACTERS[c];
  }

  private static String quote(String text, int from, int to) {
    return Quote.ascii(text.substring(from, to));
  }
}
