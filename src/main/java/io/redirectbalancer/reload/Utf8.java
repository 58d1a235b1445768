package io.redirectbalancer.reload;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Decodes text files as editors write them: UTF-8, with or without a byte order mark. */
final class Utf8 {
  private static final String EXPECTED = " (expected: a JSON file in UTF-8)";
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private Utf8() {}

  /**
   * Returns the text, without its byte order mark.
   *
   * @throws IllegalArgumentException if it is not UTF-8, naming the line
   */
  static String decode(byte[] bytes) {
    if (isUtf16(bytes)) {
      throw new IllegalArgumentException("UTF-16 or UTF-32" + EXPECTED);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
    String text = out.flip().toString();
    if (result.isError()) {
      long line = 1 + text.chars().filter(c -> c == '\n').count();
      throw new IllegalArgumentException("line " + line + ": invalid UTF-8" + EXPECTED);
    }
    return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
  }

  /**
   * Checks for a byte order mark, or for a zero byte in the first two characters, which are ASCII.
   */
  private static boolean isUtf16(byte[] bytes) {
    if (bytes.length < 2) {
      return false;
    }
    int first = ((bytes[0] & 0xff) << 8) | (bytes[1] & 0xff);
    return first == 0xFEFF || first == 0xFFFE || bytes[0] == 0 || bytes[1] == 0;
  }
}
