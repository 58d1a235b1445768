package io.redirectbalancer.http2;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Builds a header block of literal fields that are not indexed: RFC 7541, section 6.2.2. Such a
 * block leaves the peer's table as it is, so it can be sent at any time. Strings are sent as they
 * are, without Huffman's code, which would cost more time than it saves.
 */
final class HeaderBlock {
  /** The field {@code :status: 200}, entry 8 of the static table. */
  static final byte STATUS_200 = (byte) (0x80 | 8);

  /** A literal field, not indexed, whose name is entry 8 of the static table, {@code :status}. */
  private static final int STATUS = 8;

  private static final int NEW_NAME = 0;
  private static final int INDEXED_NEW_NAME = 0x40;
  private static final int MAX_SEVEN_BITS = 127;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);

  HeaderBlock status(int code) {
    if (code == 200) {
      bytes.write(STATUS_200);
    } else {
      bytes.write(STATUS);
      text(Integer.toString(code));
    }
    return this;
  }

  HeaderBlock add(String name, String value) {
    bytes.write(NEW_NAME);
    text(name);
    text(value);
    return this;
  }

  /** Adds a field that the peer is to put into its table: RFC 7541, section 6.2.1. */
  HeaderBlock addIndexed(String name, String value) {
    bytes.write(INDEXED_NEW_NAME);
    text(name);
    text(value);
    return this;
  }

  /** Adds a reference to the peer's table, to an entry below 127. */
  HeaderBlock reference(int index) {
    bytes.write(0x80 | index);
    return this;
  }

  HeaderBlock addAll(byte[] block) {
    bytes.writeBytes(block);
    return this;
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }

  /** Writes a length with a prefix of seven bits, RFC 7541, section 5.1, and the text. */
  private void text(String text) {
    byte[] ascii = text.getBytes(StandardCharsets.ISO_8859_1);
    int rest = ascii.length - MAX_SEVEN_BITS;
    bytes.write(Math.min(ascii.length, MAX_SEVEN_BITS));
    for (; rest >= 0x80; rest >>= 7) {
      bytes.write((rest & 0x7f) | 0x80);
    }
    if (rest >= 0) {
      bytes.write(rest);
    }
    bytes.writeBytes(ascii);
  }
}
