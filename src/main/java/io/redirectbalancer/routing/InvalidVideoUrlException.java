package io.redirectbalancer.routing;

import java.util.HexFormat;

/**
 * A URL that breaks a {@link Rule}. The message says which rule, what was found and what is
 * expected, in printable ASCII, and quotes at most 80 characters of the input, so that it can go
 * into a status line or a log as it is.
 */
public final class InvalidVideoUrlException extends Exception {
  private static final long serialVersionUID = 1;
  private static final int MAX_QUOTED = 80;
  private static final String CUT = "...";

  private final Rule rule;

  InvalidVideoUrlException(Rule rule, String found, String expected) {
    // Rejections are answers, not failures: no stack trace, which would cost more than the
    // decision.
    super(
        "invalid video URL (" + rule.reason() + "): " + found + "; expected " + expected,
        null,
        false,
        false);
    this.rule = rule;
  }

  /** The rule that was broken; the first one if there are several. */
  public Rule rule() {
    return rule;
  }

  /** Quotes a piece of the input: at most 80 characters, all of them printable ASCII. */
  static String quote(CharSequence input) {
    StringBuilder quoted = new StringBuilder(MAX_QUOTED + 8).append('"');
    int roomForMark = 1;
    for (int i = 0; i < input.length(); i++) {
      char c = input.charAt(i);
      if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
        quoted.append(c);
      } else {
        quoted.append("\\u").append(HexFormat.of().toHexDigits(c));
      }
      int length = quoted.length() - 1;
      if (length > MAX_QUOTED) {
        quoted.setLength(roomForMark);
        quoted.append(CUT);
        break;
      }
      if (length <= MAX_QUOTED - CUT.length()) {
        roomForMark = quoted.length();
      }
    }
    return quoted.append('"').toString();
  }
}
