package io.redirectbalancer.http2;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 client that sends any frame and says what comes back in words, a word or three a frame:
 * {@code 1:200 1:[57] 1:grpc-status=0. RST(1,CANCEL) GOAWAY(NO_ERROR,max_age) closed}. A point is
 * the end of a stream.
 */
final class FrameClient implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GO_AWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int WITH_PRIORITY = 0x20;

  static final int HEADER_TABLE_SIZE = 1;
  static final int INITIAL_WINDOW_SIZE = 4;
  static final int MAX_FRAME_SIZE = 5;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int READ_TIMEOUT_MILLIS = 10_000;
  private static final int FIRST_WINDOW = Frames.CONNECTION_WINDOW - Frames.STREAM_WINDOW;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);

  private FrameClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** Connects, and says nothing. */
  static FrameClient open(int port) throws IOException {
    return new FrameClient(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Connects, and sends the preface with settings, id and value in turn. */
  static FrameClient connect(int port, int... settings) throws IOException {
    FrameClient client = open(port);
    client.raw(PREFACE.getBytes(StandardCharsets.US_ASCII));
    client.settings(settings);
    return client;
  }

  FrameClient raw(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  FrameClient preface() throws IOException {
    return raw(PREFACE.getBytes(StandardCharsets.US_ASCII));
  }

  FrameClient frame(int type, int flags, int stream, byte[] payload) throws IOException {
    return raw(bytes(type, flags, stream, payload));
  }

  static byte[] bytes(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .putInt(payload.length << 8 | type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  FrameClient settings(int... settings) throws IOException {
    ByteBuffer payload = ByteBuffer.allocate(settings.length * 3);
    for (int i = 0; i < settings.length; i += 2) {
      payload.putShort((short) settings[i]).putInt(settings[i + 1]);
    }
    return frame(SETTINGS, 0, 0, payload.array());
  }

  FrameClient windowUpdate(int stream, int increment) throws IOException {
    return frame(WINDOW_UPDATE, 0, stream, integer(increment));
  }

  FrameClient reset(int stream) throws IOException {
    return frame(RST_STREAM, 0, stream, integer((int) Http2Error.CANCEL.code()));
  }

  FrameClient headers(int stream, int flags, Map<String, String> fields) throws IOException {
    return frame(HEADERS, flags | END_HEADERS, stream, block(fields));
  }

  /** The headers of a call. */
  FrameClient call(int stream, String method) throws IOException {
    return headers(stream, 0, fields(method));
  }

  /** A call in full, in one write. */
  FrameClient call(int stream, String method, byte[] message) throws IOException {
    raw(bytes(HEADERS, END_HEADERS, stream, block(fields(method))));
    return frame(DATA, END_STREAM, stream, message(0, message));
  }

  /** A call with these headers, and this data to its end. */
  FrameClient call(int stream, Map<String, String> fields, byte[] data) throws IOException {
    return headers(stream, 0, fields).frame(DATA, END_STREAM, stream, data);
  }

  static Map<String, String> fields(String method) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put(":method", "POST");
    fields.put(":scheme", "http");
    fields.put(":path", "/" + method);
    fields.put(":authority", "localhost");
    fields.put("content-type", "application/grpc");
    fields.put("te", "trailers");
    return fields;
  }

  static Map<String, String> fields(String method, String name, @Nullable String value) {
    Map<String, String> fields = fields(method);
    if (value == null) {
      fields.remove(name);
    } else {
      fields.put(name, value);
    }
    return fields;
  }

  static byte[] block(Map<String, String> fields) {
    HeaderBlock block = new HeaderBlock();
    fields.forEach(block::add);
    return block.toBytes();
  }

  /** A message with its prefix. */
  static byte[] message(int flag, byte[] message) {
    return ByteBuffer.allocate(5 + message.length)
        .put((byte) flag)
        .putInt(message.length)
        .put(message)
        .array();
  }

  static byte[] integer(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /** Sends a ping and returns what comes before its acknowledgement. */
  String sync() throws IOException {
    frame(PING, 0, 0, new byte[8]);
    StringJoiner words = new StringJoiner(" ");
    while (true) {
      String word = next();
      if (word.equals("PONG")) {
        return words.toString();
      }
      if (!word.isEmpty()) {
        words.add(word);
      }
      if (word.equals("closed")) {
        return words.toString();
      }
    }
  }

  /** Returns what comes until the server closes the connection. */
  String toEnd() throws IOException {
    StringJoiner words = new StringJoiner(" ");
    while (true) {
      String word = next();
      if (!word.isEmpty()) {
        words.add(word);
      }
      if (word.equals("closed")) {
        return words.toString();
      }
    }
  }

  /** Returns what comes up to a frame that is described by a word that begins like this. */
  String until(String start) throws IOException {
    StringJoiner words = new StringJoiner(" ");
    while (true) {
      String word = next();
      if (!word.isEmpty()) {
        words.add(word);
      }
      if (word.startsWith(start) || word.equals("closed")) {
        return words.toString();
      }
    }
  }

  /**
   * Returns the next frame in words; settings, their acknowledgements and the first window are
   * none.
   */
  String next() throws IOException {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = in.readNBytes(length);
      if (payload.length < length) {
        return "closed";
      }
      return words(type, flags, stream, ByteBuffer.wrap(payload));
    } catch (EOFException | SocketException e) {
      return "closed";
    }
  }

  private String words(int type, int flags, int stream, ByteBuffer payload) {
    return switch (type) {
      case DATA ->
          stream + ":[" + payload.capacity() + "]" + ((flags & END_STREAM) != 0 ? "." : "");
      case HEADERS -> stream + ":" + decode(payload) + ((flags & END_STREAM) != 0 ? "." : "");
      case RST_STREAM -> "RST(" + stream + "," + Http2Error.valueOf(payload.getInt()) + ")";
      case PING -> (flags & ACK) != 0 ? "PONG" : "PING(" + payload.getLong() + ")";
      case GO_AWAY ->
          "GOAWAY("
              + payload.getInt()
              + ","
              + Http2Error.valueOf(payload.getInt())
              + ","
              + StandardCharsets.US_ASCII.decode(payload)
              + ")";
      case WINDOW_UPDATE -> {
        int increment = payload.getInt();
        yield increment == FIRST_WINDOW ? "" : "WINDOW(" + stream + "," + increment + ")";
      }
      case SETTINGS -> "";
      default -> "frame of type " + type;
    };
  }

  private String decode(ByteBuffer block) {
    ByteBuf bytes = Unpooled.wrappedBuffer(block);
    try {
      Http2Headers headers = decoder.decodeHeaders(1, bytes);
      StringJoiner fields = new StringJoiner(",");
      for (var field : headers) {
        String name = field.getKey().toString();
        fields.add(name.equals(":status") ? field.getValue() : name + "=" + field.getValue());
      }
      return fields.toString();
    } catch (Http2Exception e) {
      return "undecodable: " + e.getMessage();
    }
  }

  /** Closes the connection without a word. */
  void disconnect() throws IOException {
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
