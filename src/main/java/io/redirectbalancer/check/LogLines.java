package io.redirectbalancer.check;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads UTF-8 lines of bounded length from any file. Not thread-safe. */
final class LogLines {
  /** Several times the longest valid URL. */
  private static final int MAX_BYTES = 64 * 1024;

  private final InputStream in;
  private long number;

  LogLines(InputStream in) {
    this.in = new BufferedInputStream(in, 1 << 16);
  }

  /** Returns the number of the line read last, from 1. */
  long number() {
    return number;
  }

  /**
   * Returns the next line without its end, or empty at the end of the log.
   *
   * @throws IllegalArgumentException if the line is too long or is not UTF-8; the next call
   *     continues with the next line
   */
  Optional<String> next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    long length = 0;
    int next = in.read();
    if (next < 0) {
      return Optional.empty();
    }
    number++;
    for (; next >= 0 && next != '\n'; next = in.read()) {
      if (++length <= MAX_BYTES) {
        line.write(next);
      }
    }
    if (length > MAX_BYTES) {
      throw new IllegalArgumentException(
          length + " bytes (expected: at most " + MAX_BYTES + " a line)");
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(line.toByteArray()))
              .toString());
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("invalid UTF-8 (expected: a text file in UTF-8)", e);
    }
  }
}
