package io.redirectbalancer.http2;

import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2CodecUtil.FRAME_HEADER_LENGTH;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Flags.ACK;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Flags.END_HEADERS;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Flags.END_STREAM;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.CONTINUATION;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.DATA;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.GO_AWAY;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.HEADERS;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.PING;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.RST_STREAM;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.SETTINGS;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.WINDOW_UPDATE;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufUtil;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames (RFC 9113, sections 4.1 and 6) into one buffer, which is sent as a whole: an answer
 * is three frames of some 20 bytes, and many answers are due at once. No frame is longer than what
 * every peer accepts.
 *
 * <p>One per connection, used only on its event loop.
 */
final class FrameWriter {
  /** The longest payload that every peer accepts: RFC 9113, section 4.2. */
  static final int MAX_PAYLOAD = 16_384;

  /** A buffer of this length is handed over, even if more frames are to come. */
  private static final int MAX_BUFFER = 64 * 1024;

  private static final int NO_FLAGS = 0;

  private final Channel channel;
  private final AnswerTable table;

  private @Nullable ByteBuf buffer;
  private boolean answered;
  private long handedOver;

  /** The last buffer's length: a connection with a call now and then gets small buffers. */
  private int expectedBytes = 256;

  FrameWriter(Channel channel, AnswerTable table) {
    this.channel = channel;
    this.table = table;
  }

  /** Writes a usual answer in full: headers, data, trailers. */
  void answer(int stream, byte[] message) {
    if (table.hasSizeUpdate()) {
      headers(stream, table.headers(), false);
      message(stream, message);
      headers(stream, table.trailers(), true);
      return;
    }
    answered = true;
    byte[] headers = table.headers();
    byte[] trailers = table.trailers();
    ByteBuf out =
        reserve(
            3 * FRAME_HEADER_LENGTH
                + headers.length
                + MessageReader.PREFIX_BYTES
                + message.length
                + trailers.length);
    header(out, headers.length, HEADERS, END_HEADERS, stream);
    out.writeBytes(headers);
    header(out, MessageReader.PREFIX_BYTES + message.length, DATA, NO_FLAGS, stream);
    out.writeByte(0).writeInt(message.length).writeBytes(message);
    header(out, trailers.length, HEADERS, END_HEADERS | END_STREAM, stream);
    out.writeBytes(trailers);
  }

  private void message(int stream, byte[] message) {
    ByteBuf out = frame(MessageReader.PREFIX_BYTES + message.length, DATA, NO_FLAGS, stream);
    out.writeByte(0).writeInt(message.length).writeBytes(message);
  }

  /** Writes the headers of a usual answer, whose data may have to wait. */
  void answerHeaders(int stream) {
    headers(stream, table.headers(), false);
  }

  /** Writes the trailers of a usual answer. */
  void answerTrailers(int stream) {
    headers(stream, table.trailers(), true);
  }

  /** Writes a header block, in as many frames as it takes. */
  void headers(int stream, byte[] block, boolean endStream) {
    answered = true;
    byte[] update = table.takeSizeUpdate();
    int total = update.length + block.length;
    int length = Math.min(total, MAX_PAYLOAD);
    int flags = (endStream ? END_STREAM : 0) | (length == total ? END_HEADERS : 0);
    ByteBuf out = frame(length, HEADERS, flags, stream);
    out.writeBytes(update);
    int offset = length - update.length;
    out.writeBytes(block, 0, offset);
    while (offset < block.length) {
      length = Math.min(block.length - offset, MAX_PAYLOAD);
      boolean last = offset + length == block.length;
      frame(length, CONTINUATION, last ? END_HEADERS : NO_FLAGS, stream)
          .writeBytes(block, offset, length);
      offset += length;
    }
  }

  /** Writes data of at most {@link #MAX_PAYLOAD} bytes. */
  void data(int stream, byte[] bytes, int offset, int length, boolean endStream) {
    answered = true;
    frame(length, DATA, endStream ? END_STREAM : NO_FLAGS, stream)
        .writeBytes(bytes, offset, length);
  }

  void reset(int stream, long errorCode) {
    frame(4, RST_STREAM, NO_FLAGS, stream).writeInt((int) errorCode);
  }

  /**
   * @param idsAndValues in turn
   */
  void settings(int... idsAndValues) {
    ByteBuf out = frame(idsAndValues.length / 2 * 6, SETTINGS, NO_FLAGS, 0);
    for (int i = 0; i < idsAndValues.length; i += 2) {
      out.writeShort(idsAndValues[i]).writeInt(idsAndValues[i + 1]);
    }
  }

  void settingsAck() {
    frame(0, SETTINGS, ACK, 0);
  }

  void ping(long content, boolean ack) {
    frame(8, PING, ack ? ACK : NO_FLAGS, 0).writeLong(content);
  }

  void goAway(int lastStream, long errorCode, String debugData) {
    ByteBuf out = frame(8 + debugData.length(), GO_AWAY, NO_FLAGS, 0);
    out.writeInt(lastStream).writeInt((int) errorCode);
    ByteBufUtil.writeAscii(out, debugData);
  }

  void windowUpdate(int stream, int increment) {
    frame(4, WINDOW_UPDATE, NO_FLAGS, stream).writeInt(increment);
  }

  /** Returns whether headers or data have been written since the last time. */
  boolean takeAnswered() {
    boolean was = answered;
    answered = false;
    return was;
  }

  /** Returns the number of bytes that have been handed over to the channel. */
  long handedOver() {
    return handedOver;
  }

  /** Hands over and sends what has been written. */
  void flush() {
    if (buffer != null) {
      handOver();
      channel.flush();
    }
  }

  /** Drops what has not been handed over. */
  void release() {
    if (buffer != null) {
      buffer.release();
      buffer = null;
    }
  }

  private ByteBuf frame(int length, int type, int flags, int stream) {
    ByteBuf out = reserve(FRAME_HEADER_LENGTH + length);
    header(out, length, type, flags, stream);
    return out;
  }

  private static void header(ByteBuf out, int length, int type, int flags, int stream) {
    // Nine bytes as a long and a byte.
    out.writeLong((long) length << 40 | (long) type << 32 | (long) flags << 24 | stream >>> 8);
    out.writeByte(stream);
  }

  private ByteBuf reserve(int bytes) {
    ByteBuf current = buffer;
    if (current != null && current.readableBytes() + bytes > MAX_BUFFER) {
      handOver();
      current = null;
    }
    if (current == null) {
      current = channel.alloc().directBuffer(Math.max(expectedBytes, bytes));
      buffer = current;
    }
    return current.ensureWritable(bytes);
  }

  private void handOver() {
    ByteBuf full = buffer;
    if (full != null) {
      buffer = null;
      expectedBytes = full.readableBytes();
      handedOver += expectedBytes;
      var unused = channel.write(full, channel.voidPromise());
    }
  }
}
