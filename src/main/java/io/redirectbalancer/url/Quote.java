package io.redirectbalancer.url;

import java.util.HexFormat;

/** Text from outside, made safe for messages and logs: one line, of bounded length. */
public final class Quote {
  private static final int MAX_ASCII = 80;
  private static final int MAX_LINE = 200;
  private static final String CUT = "...";

  private Quote() {}

  /**
   * Quotes text in printable ASCII, so that it can go into a status message.
   *
   * @return at most 80 characters in quotation marks; other characters are escaped as {@code
   *     \}{@code uXXXX}, longer text is cut
   */
  public static String ascii(CharSequence input) {
    StringBuilder quoted = new StringBuilder(MAX_ASCII + 8).append('"');
    int roomForMark = 1;
    for (int i = 0; i < input.length(); i++) {
      char c = input.charAt(i);
      if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
        quoted.append(c);
      } else {
        quoted.append("\\u").append(HexFormat.of().toHexDigits(c));
      }
      int length = quoted.length() - 1;
      if (length > MAX_ASCII) {
        quoted.setLength(roomForMark);
        quoted.append(CUT);
        break;
      }
      if (length <= MAX_ASCII - CUT.length()) {
        roomForMark = quoted.length();
      }
    }
    return quoted.append('"').toString();
  }

  /**
   * Quotes text of an operator, in any script.
   *
   * @return at most 200 characters in quotation marks; control characters are question marks
   */
  public static String line(String text) {
    String start = text.length() > MAX_LINE ? text.substring(0, MAX_LINE) + "…" : text;
    return '"' + printable(start) + '"';
  }

  /** Returns the text with a question mark for each control character, line breaks included. */
  public static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
