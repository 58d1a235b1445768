package io.redirectbalancer.control;

import io.redirectbalancer.url.Quote;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import java.util.zip.CRC32;

/**
 * The part of a list that a request asks for. Its token is the id of the last row before it, so
 * that pages stay as they are while rows are added or deleted; a checksum tells tokens of other
 * lists and invented ones.
 *
 * @param list what is listed, filters included
 * @param after empty for the first page
 */
record Page(String list, int size, OptionalLong after) {
  private static final int DEFAULT_SIZE = 100;

  /** Reads the two fields of a request. */
  static Page of(String list, Rules rules, boolean sized, int size, String token) {
    int checked = rules.optional("page_size", sized, size, Rules::pageSize).orElse(DEFAULT_SIZE);
    OptionalLong after = token.isEmpty() ? OptionalLong.empty() : parse(list, token);
    if (after.isEmpty() && !token.isEmpty()) {
      rules.add(
          "page_token",
          Quote.ascii(token) + " (expected: the next_page_token of the same list's page before)");
    }
    return new Page(list, checked, after);
  }

  /** How many rows to read: one more, to know whether there is a next page. */
  int rows() {
    return size + 1;
  }

  /** Returns the rows of this page. */
  <T> List<T> cut(List<T> rows) {
    return rows.subList(0, Math.min(rows.size(), size));
  }

  /**
   * Returns the next page's token; empty if this is the last one.
   *
   * @param read the rows that were read
   * @param shown those of them that are on this page
   */
  <T> String next(List<T> read, List<T> shown, ToLongFunction<T> id) {
    return shown.size() == read.size()
        ? ""
        : token(list, id.applyAsLong(shown.get(shown.size() - 1)));
  }

  private static String token(String list, long id) {
    byte[] bytes =
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
            .putLong(id)
            .putInt(checksum(list, id))
            .array();
    return Base64.getUrlEncoder().encodeToString(bytes);
  }

  private static OptionalLong parse(String list, String token) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(token));
      if (bytes.remaining() == Long.BYTES + Integer.BYTES) {
        long id = bytes.getLong();
        if (bytes.getInt() == checksum(list, id)) {
          return OptionalLong.of(id);
        }
      }
    } catch (IllegalArgumentException e) {
      // not base64
    }
    return OptionalLong.empty();
  }

  private static int checksum(String list, long id) {
    CRC32 checksum = new CRC32();
    checksum.update((list + "/" + id).getBytes(StandardCharsets.UTF_8));
    return (int) checksum.getValue();
  }
}
