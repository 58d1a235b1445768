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

  private DnsName() {}

  /** What keeps {@code text[from, to)} from being a DNS name, or null if it is one. */
  static @Nullable String flaw(String text, int from, int to) {
    if (to == from) {
      return "no host";
    }
    if (to - from > MAX_LENGTH) {
      return "a host of " + (to - from) + " characters";
    }
    int label = from;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c == '.') {
        if (!isLabel(text, label, i)) {
          return labelFlaw(text, from, to, label, i);
        }
        label = i + 1;
      } else if (!isLetterOrDigit(c) && c != '-') {
        return "host " + quote(text, from, to);
      }
    }
    if (!isLabel(text, label, to)) {
      return labelFlaw(text, from, to, label, to);
    }
    return isNumber(text, label, to) ? "IP address " + quote(text, from, to) : null;
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

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
  }

  private static String quote(String text, int from, int to) {
    return InvalidVideoUrlException.quote(text.substring(from, to));
  }
}
