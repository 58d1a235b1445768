package io.redirectbalancer.admin;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-encoded UTF-8 (RFC 3986, section 2.1). */
final class PercentEncoding {
  private PercentEncoding() {}

  /**
   * Decodes every escape.
   *
   * @param text one character per byte, up to U+00FF
   * @throws IllegalArgumentException if an escape is invalid, or the bytes are not UTF-8
   */
  static String decode(String text) {
    var bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes.write(16 * digit(text, i + 1) + digit(text, i + 2));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("not UTF-8 (expected: percent-encoded UTF-8)", e);
    }
  }

  private static int digit(String text, int index) {
    char c = index < text.length() ? text.charAt(index) : ' ';
    int digit = c < 0x80 ? Character.digit(c, 16) : -1;
    if (digit < 0) {
      throw new IllegalArgumentException("% without two hex digits (expected: %25 for a %)");
    }
    return digit;
  }
}
