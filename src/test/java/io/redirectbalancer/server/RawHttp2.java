package io.redirectbalancer.server;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An HTTP/2 client that does as it is told, for what a gRPC client would never do. Frames as in RFC
 * 9113, section 4; headers as literals without indexing, RFC 7541, section 6.2.2.
 */
final class RawHttp2 implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GO_AWAY = 7;

  static final int MAX_CONCURRENT_STREAMS = 3;
  static final int MAX_HEADER_LIST_SIZE = 6;

  static final int NO_ERROR = 0;
  static final int REFUSED_STREAM = 7;
  static final int CANCEL = 8;
  static final int ENHANCE_YOUR_CALM = 11;

  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  private static final int READ_TIMEOUT_MILLIS = 20_000;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  /** A frame of the server's. */
  record Frame(int type, int flags, int stream, ByteBuffer payload) {
    boolean isAck() {
      return (type == SETTINGS || type == PING) && (flags & ACK) != 0;
    }

    /** The error code of a RST_STREAM or GOAWAY frame. */
    int errorCode() {
      return payload.getInt(type == GO_AWAY ? 4 : 0);
    }

    /** What a GOAWAY frame says for people to read. */
    String debugData() {
      return StandardCharsets.UTF_8.decode(payload.slice(8, payload.capacity() - 8)).toString();
    }

    /** A SETTINGS frame's content. */
    Map<Integer, Integer> settings() {
      Map<Integer, Integer> settings = new TreeMap<>();
      for (int i = 0; i < payload.capacity(); i += 6) {
        settings.put((int) payload.getShort(i), payload.getInt(i + 2));
      }
      return settings;
    }
  }

  private RawHttp2(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** Connects and says hello: the preface and settings that change nothing. */
  static RawHttp2 connect(int port) throws IOException {
    RawHttp2 client = new RawHttp2(new Socket(InetAddress.getLoopbackAddress(), port));
    client.out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    client.send(SETTINGS, 0, 0, new byte[0]);
    return client;
  }

  /** Starts a gRPC call on a new stream; its messages are yet to come. */
  void startCall(int stream, String method, Map<String, String> headers) throws IOException {
    Map<String, String> all = new TreeMap<>(headers);
    all.putAll(
        Map.of(
            ":method", "POST",
            ":scheme", "http",
            ":path", "/" + method,
            ":authority", "localhost",
            "content-type", "application/grpc",
            "te", "trailers"));
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    // Pseudo-headers come first, which is where the map's order puts their colons.
    all.forEach(
        (name, value) -> {
          block.write(0);
          writeText(block, name);
          writeText(block, value);
        });
    send(HEADERS, END_HEADERS, stream, block.toByteArray());
  }

  /** Sends the call's last message. */
  void finishCall(int stream, byte[] message) throws IOException {
    byte[] data =
        ByteBuffer.allocate(5 + message.length)
            .put((byte) 0)
            .putInt(message.length)
            .put(message)
            .array();
    send(DATA, END_STREAM, stream, data);
  }

  /** Sends a message in that many DATA frames, the first with gRPC's prefix; the call goes on. */
  void sendParts(int stream, byte[] message, int parts) throws IOException {
    send(DATA, 0, stream, ByteBuffer.allocate(5).putInt(1, message.length).array());
    for (int part = 0; part < parts; part++) {
      boolean last = part == parts - 1;
      send(DATA, 0, stream, Arrays.copyOfRange(message, part, last ? message.length : part + 1));
    }
  }

  /** Sends a message of that size but for its last byte. */
  void sendUnfinished(int stream, int size) throws IOException {
    send(DATA, 0, stream, ByteBuffer.allocate(5 + size - 1).putInt(1, size).array());
  }

  /** Says that the call has no more messages. */
  void endCall(int stream) throws IOException {
    send(DATA, END_STREAM, stream, new byte[0]);
  }

  void reset(int stream) throws IOException {
    send(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(CANCEL).array());
  }

  void ping() throws IOException {
    send(PING, 0, 0, new byte[8]);
  }

  /** The next frame of that type, acknowledgements of SETTINGS left out. */
  Frame await(int type) throws IOException {
    while (true) {
      Frame frame = read();
      if (frame.type() == type && !(type == SETTINGS && frame.isAck())) {
        return frame;
      }
    }
  }

  /** All frames that still come until the server has closed the connection. */
  List<Frame> readToEnd() throws IOException {
    List<Frame> frames = new ArrayList<>();
    try {
      while (true) {
        frames.add(read());
      }
    } catch (EOFException | SocketException e) {
      // Closed gracefully, or at once while bytes of ours were still unread.
      return frames;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private Frame read() throws IOException {
    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException();
    }
    return new Frame(type, flags, stream, ByteBuffer.wrap(payload));
  }

  private void send(int type, int flags, int stream, byte[] payload) throws IOException {
    out.write(
        ByteBuffer.allocate(9 + payload.length)
            .putInt(payload.length << 8 | type)
            .put((byte) flags)
            .putInt(stream)
            .put(payload)
            .array());
  }

  private static void writeText(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    // An integer with a prefix of seven bits: RFC 7541, section 5.1.
    int rest = bytes.length - 127;
    block.write(Math.min(bytes.length, 127));
    for (; rest >= 128; rest >>= 7) {
      block.write((rest & 127) | 128);
    }
    if (rest >= 0) {
      block.write(rest);
    }
    block.writeBytes(bytes);
  }
}
