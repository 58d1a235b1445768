package io.redirectbalancer.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a server of this process over a loopback socket until a time is up.
 *
 * <p>HTTP/2 frames are written by hand (RFC 9113, HPACK by RFC 7541). With gRPC's own client there
 * are fewer calls in the same time, so that the compiler is still at work when the port opens: in a
 * container of 160 MiB, attacked at once by unfinished requests (loadtest/memory-attack), the peak
 * was 139 to 160 MiB in nine runs, and in a tenth the kernel killed the process.
 */
final class LoopbackCalls {
  private static final Logger log = LoggerFactory.getLogger(LoopbackCalls.class);
  private static final int CALLS_AT_ONCE = 64;

  /** A connection takes this many calls, then there is a new one: connecting is warmed up, too. */
  private static final int ROUNDS_PER_CONNECTION = 8;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final String[] VIDEOS = {
    "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8",
    "https://S20.origin-cluster/live/a%20b/index.m3u8?token=a%2Fb#t=10",
    "http://s1.origin-cluster:80/a/./rejected"
  };

  private final int port;
  private final long endNanos;
  private boolean answered;

  private LoopbackCalls(int port, long endNanos) {
    this.port = port;
    this.endNanos = endNanos;
  }

  /** Calls the server behind this loopback port for so long; the last calls may go unanswered. */
  static void run(int port, Duration time) throws IOException {
    LoopbackCalls calls = new LoopbackCalls(port, System.nanoTime() + time.toNanos());
    try {
      while (calls.nanosLeft() > 0) {
        calls.useOneConnection();
      }
    } catch (SocketTimeoutException e) {
      // The time is up.
    }
    if (!calls.answered) {
      log.debug("no call was answered while warming up; a longer WARM_UP_SECONDS may help");
    }
  }

  private long nanosLeft() {
    return endNanos - System.nanoTime();
  }

  /** Lets nothing be waited for once the time is up. */
  private void limitWaiting(Socket socket) throws IOException {
    socket.setSoTimeout((int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanosLeft())));
  }

  private void useOneConnection() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      limitWaiting(socket);
      OutputStream out = socket.getOutputStream();
      DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      Frames frames = new Frames();
      frames.bytes(PREFACE.getBytes(StandardCharsets.US_ASCII));
      frames.header(0, SETTINGS, 0, 0);
      frames.header(4, WINDOW_UPDATE, 0, 0);
      frames.int32(1 << 30);
      frames.flushTo(out);
      readUntil(in, SETTINGS, 0, 1);
      frames.header(0, SETTINGS, ACK, 0);
      int stream = 1;
      for (int round = 0; round < ROUNDS_PER_CONNECTION && nanosLeft() > 0; round++) {
        limitWaiting(socket);
        for (int i = 0; i < CALLS_AT_ONCE; i++, stream += 2) {
          frames.call(stream, VIDEOS[stream / 2 % VIDEOS.length]);
        }
        frames.flushTo(out);
        readUntil(in, HEADERS, END_STREAM, CALLS_AT_ONCE);
        answered = true;
      }
    }
  }

  /** Reads frames until there have been {@code count} of this type with this flag. */
  private static void readUntil(DataInputStream in, int type, int flag, int count)
      throws IOException {
    int missing = count;
    while (missing > 0) {
      int lengthAndType = in.readInt();
      int flags = in.readUnsignedByte();
      in.readInt();
      in.skipNBytes(lengthAndType >>> 8);
      int frameType = lengthAndType & 0xff;
      if (frameType == GOAWAY) {
        throw new EOFException("the server ended the connection");
      }
      if (frameType == type && (flags & flag) == flag) {
        missing--;
      }
    }
  }

  /** Frames to be sent. */
  private static final class Frames {
    private static final int INDEXED = 0x80;
    private static final int LITERAL_TO_BE_INDEXED = 0x40;
    private static final int FIRST_DYNAMIC_INDEX = 62;
    private static final int METHOD_POST = 3;
    private static final int SCHEME_HTTP = 6;
    private static final int AUTHORITY = 1;
    private static final int PATH = 4;
    private static final int CONTENT_TYPE = 31;
    private static final int NEW_NAME = 0;
    private static final int DYNAMIC_FIELDS = 4;

    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
    private final DataOutputStream frames = new DataOutputStream(buffer);

    void flushTo(OutputStream out) throws IOException {
      buffer.writeTo(out);
      buffer.reset();
    }

    void bytes(byte[] bytes) throws IOException {
      frames.write(bytes);
    }

    void int32(int value) throws IOException {
      frames.writeInt(value);
    }

    void header(int length, int type, int flags, int stream) throws IOException {
      frames.writeInt(length << 8 | type);
      frames.writeByte(flags);
      frames.writeInt(stream);
    }

    /** A Redirect call: headers, which a connection spells out once, and a message. */
    void call(int stream, String video) throws IOException {
      byte[] fields = stream == 1 ? spelledOut() : indexed();
      header(fields.length, HEADERS, END_HEADERS, stream);
      bytes(fields);
      byte[] url = video.getBytes(StandardCharsets.US_ASCII);
      header(5 + 2 + url.length, DATA, END_STREAM, stream);
      frames.writeByte(0); // not compressed
      frames.writeInt(2 + url.length);
      frames.writeByte(1 << 3 | 2); // field 1, a string
      frames.writeByte(url.length);
      bytes(url);
    }

    private static byte[] indexed() {
      byte[] fields = new byte[2 + DYNAMIC_FIELDS];
      fields[0] = (byte) (INDEXED | METHOD_POST);
      fields[1] = (byte) (INDEXED | SCHEME_HTTP);
      for (int i = 0; i < DYNAMIC_FIELDS; i++) {
        // The table's first entry is its youngest; pseudo-headers, spelled out first, come first.
        fields[2 + i] = (byte) (INDEXED | (FIRST_DYNAMIC_INDEX + DYNAMIC_FIELDS - 1 - i));
      }
      return fields;
    }

    private static byte[] spelledOut() {
      ByteArrayOutputStream fields = new ByteArrayOutputStream();
      fields.write(INDEXED | METHOD_POST);
      fields.write(INDEXED | SCHEME_HTTP);
      field(fields, PATH, "/loadBalancer.loadBalancer/Redirect");
      field(fields, AUTHORITY, "localhost");
      field(fields, CONTENT_TYPE, "application/grpc");
      fields.write(LITERAL_TO_BE_INDEXED | NEW_NAME);
      string(fields, "te");
      string(fields, "trailers");
      return fields.toByteArray();
    }

    private static void field(ByteArrayOutputStream fields, int name, String value) {
      fields.write(LITERAL_TO_BE_INDEXED | name);
      string(fields, value);
    }

    private static void string(ByteArrayOutputStream fields, String text) {
      fields.write(text.length());
      fields.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
  }
}
