package io.redirectbalancer.http2;

/**
 * What the peer's dynamic table holds of our answers: RFC 7541, sections 2.3.2 and 4.2. Blocks must
 * be sent in the order in which they are taken from here. The first answer's headers, and then the
 * first trailers, put their fields into the table; nothing else ever does, so the indexes stay what
 * they are.
 *
 * <p>One per connection, used only on its event loop.
 */
final class AnswerTable {
  /** The size of a table unless the peer's settings say otherwise. */
  private static final int DEFAULT_BYTES = 4096;

  /** A size of zero, which empties the table: RFC 7541, section 6.3. */
  private static final byte[] EMPTY = {0x20};

  /** The same, and then the default size again. */
  private static final byte[] EMPTY_AND_DEFAULT = {0x20, 0x3f, (byte) 0xe1, 0x1f};

  private static final byte[] NOTHING = {};

  private enum State {
    NOTHING_INDEXED,
    HEADERS_INDEXED,
    ALL_INDEXED,
    TOO_SMALL
  }

  private final AnswerBlocks blocks;
  private State state = State.NOTHING_INDEXED;
  private byte[] sizeUpdate = NOTHING;

  AnswerTable(AnswerBlocks blocks) {
    this.blocks = blocks;
  }

  /**
   * Takes a size that the peer's settings allow. Settings may have named a smaller one before, in
   * the same frame, and the smallest counts: so the table always begins anew.
   */
  void maxBytes(long bytes) {
    boolean tooSmall = bytes < DEFAULT_BYTES;
    state = tooSmall ? State.TOO_SMALL : State.NOTHING_INDEXED;
    sizeUpdate = tooSmall ? EMPTY : EMPTY_AND_DEFAULT;
  }

  /** Returns what must come first in the next header block, of whatever kind. */
  byte[] takeSizeUpdate() {
    byte[] update = sizeUpdate;
    sizeUpdate = NOTHING;
    return update;
  }

  boolean hasSizeUpdate() {
    return sizeUpdate.length > 0;
  }

  /** Returns the headers of a usual answer. */
  byte[] headers() {
    return switch (state) {
      case ALL_INDEXED -> blocks.headers;
      case HEADERS_INDEXED -> blocks.earlyHeaders;
      case TOO_SMALL -> blocks.literalHeaders;
      case NOTHING_INDEXED -> {
        state = State.HEADERS_INDEXED;
        yield blocks.firstHeaders;
      }
    };
  }

  /** Returns the trailers of a usual answer. */
  byte[] trailers() {
    return switch (state) {
      case ALL_INDEXED -> blocks.trailers;
      // The table may have begun anew between an answer's headers and its trailers.
      case NOTHING_INDEXED, TOO_SMALL -> blocks.literalTrailers;
      case HEADERS_INDEXED -> {
        state = State.ALL_INDEXED;
        yield blocks.firstTrailers;
      }
    };
  }
}
