package io.redirectbalancer.http2;

import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;
import io.redirectbalancer.call.RedirectCodec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Splits a request's data into messages: gRPC over HTTP/2, "Length-Prefixed-Message". An error is
 * final. Memory is taken as bytes arrive, not as a prefix announces them, and from the buffers'
 * pool: on the heap the parts of requests that are never finished would be copied to where only a
 * full collection frees them.
 */
final class MessageReader {
  /** A flag and a length. */
  static final int PREFIX_BYTES = 5;

  static final Status MID_MESSAGE =
      Status.INTERNAL.withDescription("Encountered end-of-stream mid-frame");

  /** The longest message that may be announced, and the longest once unpacked. */
  static final int MAX_MESSAGE_BYTES = 1 << 20;

  /**
   * The parts of one message. A message within the limit fits one DATA frame; a proxy that splits
   * it into IPv6's smallest packets makes ten of it.
   */
  private static final int MAX_PARTS = 32;

  private static final Status TOO_LONG =
      Status.INVALID_ARGUMENT.withDescription(
          "a request of more than "
              + RedirectCodec.MAX_REQUEST_BYTES
              + " bytes (expected: at most that)");

  private static final Status TOO_MANY_PARTS =
      Status.RESOURCE_EXHAUSTED.withDescription(
          "a request comes in at most " + MAX_PARTS + " DATA frames");

  private static final Status RESERVED_BITS =
      Status.INTERNAL.withDescription("gRPC frame header malformed: reserved bits not zero");

  private static final Status NO_ENCODING =
      Status.INTERNAL.withDescription(
          "Can't decode compressed gRPC message as compression not configured");

  private final RequestHead.Encoding encoding;

  private int prefixBytes;
  private int flag;
  private int length;

  /** What has arrived of a message in several parts. */
  private @Nullable ByteBuf message;

  private int parts;
  private @Nullable Status error;

  MessageReader(RequestHead.Encoding encoding) {
    this.encoding = encoding;
  }

  /** Returns why the data cannot be split; null as long as it can. */
  @Nullable Status error() {
    return error;
  }

  /** Whether a message has begun and not ended. */
  boolean isMidMessage() {
    return prefixBytes > 0;
  }

  /**
   * Whether a request that ends here ends within a message. One of which the whole prefix has
   * arrived, but nothing else, has not begun for gRPC's own server.
   */
  boolean isCutOff() {
    return prefixBytes > 0 && (prefixBytes < PREFIX_BYTES || message != null);
  }

  /** Returns how many bytes the unfinished message takes. */
  int heldBytes() {
    return message == null ? 0 : message.capacity();
  }

  /** Gives back what the unfinished message takes. */
  void release() {
    if (message != null) {
      message.release();
      message = null;
    }
  }

  /** Whether the last message was compressed. */
  boolean isCompressed() {
    return flag == 1;
  }

  /**
   * Takes bytes up to the end of a message.
   *
   * @return the message, as it was sent; null if its end has not arrived or there is an error
   */
  byte @Nullable [] next(ByteBuf data) {
    while (prefixBytes < PREFIX_BYTES) {
      if (!data.isReadable()) {
        return null;
      }
      int b = data.readUnsignedByte();
      if (prefixBytes == 0) {
        flag = b;
      } else {
        length = length << 8 | b;
      }
      prefixBytes++;
      if (prefixBytes == PREFIX_BYTES && !checkPrefix()) {
        return null;
      }
    }
    return data.isReadable() || length == 0 ? takeBody(data) : null;
  }

  private boolean checkPrefix() {
    if (flag > 1) {
      error = RESERVED_BITS;
    } else if (length < 0 || length > MAX_MESSAGE_BYTES) {
      error =
          Status.RESOURCE_EXHAUSTED.withDescription(
              "gRPC message exceeds maximum size " + MAX_MESSAGE_BYTES + ": " + length);
    } else if (flag == 1 && encoding != RequestHead.Encoding.GZIP && length == 0) {
      error = NO_ENCODING;
    }
    return error == null;
  }

  private byte @Nullable [] takeBody(ByteBuf data) {
    int held = message == null ? 0 : message.readableBytes();
    int taken = Math.min(length - held, data.readableBytes());
    if (held + taken > RedirectCodec.MAX_REQUEST_BYTES) {
      error = TOO_LONG;
    } else if (++parts > MAX_PARTS) {
      error = TOO_MANY_PARTS;
    } else if (held + taken < length) {
      hold(data, taken);
    } else if (flag == 1 && encoding != RequestHead.Encoding.GZIP) {
      error = NO_ENCODING;
    } else {
      return whole(data, held);
    }
    return null;
  }

  private void hold(ByteBuf data, int bytes) {
    if (message == null) {
      message = UnpooledByteBufAllocator.DEFAULT.directBuffer(bytes, length);
    }
    message.writeBytes(data, bytes);
  }

  private byte[] whole(ByteBuf data, int held) {
    byte[] whole = new byte[length];
    if (message != null) {
      message.readBytes(whole, 0, held);
    }
    data.readBytes(whole, held, length - held);
    release();
    prefixBytes = 0;
    length = 0;
    parts = 0;
    return whole;
  }

  /**
   * Unpacks a message, but no more than one byte beyond the limit.
   *
   * @throws IOException if it is not gzip
   */
  static byte[] unpack(byte[] message, int maxBytes) throws IOException {
    try (var unpacked = new GZIPInputStream(new ByteArrayInputStream(message))) {
      return unpacked.readNBytes(maxBytes + 1);
    }
  }
}
