package io.redirectbalancer.http2;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2HeadersDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Does not decode a header block again that follows itself, and rejects one that does nothing but
 * cost. A client that makes the same call again and again refers to the table for every field, and
 * such a block (RFC 7541, section 6.1) leaves the table as it is: the same bytes, straight after,
 * mean the same. The headers are shared, so they must not be changed.
 *
 * <p>One per connection, used only on its event loop.
 */
final class RepeatedBlocks implements Http2HeadersDecoder {
  private static final int MAX_BYTES = 32;

  private static final int MAX_SIZE_UPDATES = 2;

  /** An index that takes more bytes. */
  private static final byte LONG_INDEX = (byte) 0xff;

  private final Http2HeadersDecoder decoder;
  private final byte[] block = new byte[MAX_BYTES];
  private int length;

  /** What the block means; null if it has not been decoded without an error. */
  private @Nullable Http2Headers headers;

  RepeatedBlocks(Http2HeadersDecoder decoder) {
    this.decoder = decoder;
  }

  @Override
  public Http2Headers decodeHeaders(int stream, ByteBuf bytes) throws Http2Exception {
    Http2Headers last = headers;
    if (last != null && isSame(bytes)) {
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

  private boolean isSame(ByteBuf bytes) {
    if (bytes.readableBytes() != length) {
      return false;
    }
    int start = bytes.readerIndex();
    for (int i = 0; i < length; i++) {
      if (bytes.getByte(start + i) != block[i]) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether the block consists of references to the table only. */
  private boolean remember(ByteBuf bytes) {
    length = bytes.readableBytes();
    if (length > MAX_BYTES) {
      return false;
    }
    bytes.getBytes(bytes.readerIndex(), block, 0, length);
    for (int i = 0; i < length; i++) {
      if (block[i] >= 0 || block[i] == LONG_INDEX) {
        return false;
      }
    }
    return true;
  }
}
