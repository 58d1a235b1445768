package io.redirectbalancer.routing;

import org.jspecify.annotations.Nullable;

/**
 * DNS names as RFC 1123, section 2.1 has them: labels of letters, digits and inner hyphens, at most
 * 63 characters each and 253 in all. What a URL parser would take for an IPv4 address (WHATWG URL,
 * "ends in a number") is not a name.
 */
final class DnsName {
  static final String EXPECTED =
      "a DNS name: labels of letters, digits and inner hyphens, at most 63 each and 253 in all,"
          + " no IP address";
  private static final int MAX_LENGTH = 253;
  private static final int MAX_LABEL = 63;

  private static final boolean[] NAME_CHARACTERS = new boolean[128];

  static {
    for (char c = 0; c < 128; c++) {
      NAME_CHARACTERS[c] = Character.isLetterOrDigit(c) || c == '-' || c == '.';
    }
  }

  private DnsName() {}

  /** What keeps {@code text[from, to)} from being a DNS name, or null if it is one. */
  static @Nullable String flaw(String text, int from, int to) {
    return flaw(text, from, to, end(text, from));
  }

  /** The same for a caller who knows what {@link #end} says of {@code from}. */
  static @Nullable String flaw(String text, int from, int to, int end) {
    if (to == from) {
      return "no host";
    }
    if (to - from > MAX_LENGTH) {
      return "a host of " + (to - from) + " characters";
    }
    if (end < to) {
      return "host " + quote(text, from, to);
    }
    int label = from;
    while (true) {
      int dot = text.indexOf('.', label);
      int labelEnd = dot < 0 || dot > to ? to : dot;
      if (!isLabel(text, label, labelEnd)) {
        return labelFlaw(text, from, to, label, labelEnd);
      }
      if (labelEnd == to) {
        return isNumber(text, label, to) ? "IP address " + quote(text, from, to) : null;
      }
      label = labelEnd + 1;
    }
  }

  /** Where the run of characters that a DNS name may hold ends, dots among them. */
  static int end(String text, int from) {
    int i = from;
    while (i < text.length() && isNameCharacter(text.charAt(i))) {
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

  private static String labelFlaw(String text, int from, int to, int label, int labelEnd) {
    String host = "host " + quote(text, from, to);
    if (labelEnd - label > MAX_LABEL) {
      return host + " with a label of " + (labelEnd - label) + " characters";
    }
    return host + (labelEnd == label ? " with an empty label" : " with an outer hyphen");
  }

  /** Digits only, or {@code 0x} and hexadecimal digits, be they none. */
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

  private static boolean isNameCharacter(char c) {
    return c < 128 && NAME_CHARACTERS[c];
  }

  private static String quote(String text, int from, int to) {
    return InvalidVideoUrlException.quote(text.substring(from, to));
  }
}
