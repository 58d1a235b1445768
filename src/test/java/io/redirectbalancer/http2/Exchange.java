package io.redirectbalancer.http2;

import static io.redirectbalancer.http2.FrameClient.ACK;
import static io.redirectbalancer.http2.FrameClient.DATA;
import static io.redirectbalancer.http2.FrameClient.END_STREAM;
import static io.redirectbalancer.http2.FrameClient.GO_AWAY;
import static io.redirectbalancer.http2.FrameClient.HEADERS;
import static io.redirectbalancer.http2.FrameClient.PING;
import static io.redirectbalancer.http2.FrameClient.RST_STREAM;
import static io.redirectbalancer.http2.FrameClient.SETTINGS;

import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** Has a conversation with a server, and notes what it says to each stream. */
final class Exchange implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);
  private final Map<Integer, String> streams = new TreeMap<>();
  private final Set<Integer> ended = new HashSet<>();
  private int acks;
  private boolean closed;

  private Exchange(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = socket.getOutputStream();
  }

  /** Connects, and says nothing. */
  static Exchange open(int port) throws IOException {
    Exchange exchange = new Exchange(new Socket(InetAddress.getLoopbackAddress(), port));
    try {
      // Larger than any table in the settings.
      exchange.decoder.configuration().maxHeaderTableSize(1 << 20);
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
    return exchange;
  }

  /**
   * Sends a part of a conversation, and waits for what the server says to it.
   *
   * @param settle waits until the server's answers from other threads are on their way; returns
   *     whether there were any
   */
  void send(byte[] part, BooleanSupplier settle) throws IOException {
    int expected = acks + Conversations.settings(part);
    write(part);
    // Twice: what the server answers later, but on its event loop, comes before the second. And
    // once more, since a loop reads before it runs what another thread has given it.
    int rounds = 2;
    for (int i = 0; i < rounds && !closed; i++) {
      expected++;
      write(FrameClient.bytes(SETTINGS, 0, 0, new byte[0]));
      while (acks < expected && !closed) {
        read();
      }
      if (settle.getAsBoolean()) {
        rounds = i + 3;
      }
    }
  }

  /** Returns what the server has said, by stream; that of stream 0 is for the connection. */
  Map<Integer, String> answers() {
    return new TreeMap<>(streams);
  }

  boolean isClosed() {
    return closed;
  }

  private void write(byte[] bytes) throws IOException {
    try {
      out.write(bytes);
    } catch (SocketException e) {
      // Closed; what was said before is still to be read.
    }
  }

  private void read() throws IOException {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = new byte[length];
      in.readFully(payload);
      note(type, flags, stream, payload);
    } catch (EOFException | SocketException e) {
      closed = true;
      add(0, "closed");
    }
  }

  private void note(int type, int flags, int stream, byte[] payload) {
    boolean end = type == RST_STREAM || (type <= HEADERS && (flags & END_STREAM) != 0);
    if (ended.contains(stream)) {
      // Its caller does not see it; but a header block counts all the same.
      if (type == HEADERS) {
        decode(stream, payload);
      }
      return;
    }
    int number = payload.length >= 4 ? ByteBuffer.wrap(payload).getInt() : 0;
    switch (type) {
      case DATA -> add(stream, new String(payload, StandardCharsets.ISO_8859_1));
      case HEADERS -> add(stream, decode(stream, payload));
      case RST_STREAM -> add(stream, " RST(" + Http2Error.valueOf(number) + ")");
      case SETTINGS -> acks += flags & ACK;
      case PING -> add(0, (flags & ACK) != 0 ? "PONG " : "PING ");
      case GO_AWAY ->
          add(0, "GOAWAY(" + Http2Error.valueOf(ByteBuffer.wrap(payload).getInt(4)) + ") ");
      default -> {
        // Windows are the business of each.
      }
    }
    if (end) {
      ended.add(stream);
      if (type != RST_STREAM) {
        add(stream, " end");
      }
    }
  }

  private void add(int stream, String words) {
    streams.merge(stream, words, String::concat);
  }

  private String decode(int stream, byte[] block) {
    Map<String, String> fields = new TreeMap<>();
    try {
      for (var field : decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(block))) {
        fields.merge(
            field.getKey().toString(),
            field.getValue().toString(),
            (one, two) -> one + " & " + two);
      }
    } catch (Http2Exception e) {
      return "undecodable: " + e.getMessage();
    }
    return fields.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
