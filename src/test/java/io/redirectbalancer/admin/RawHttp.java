package io.redirectbalancer.admin;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A client that sends bytes as they are, whatever HTTP says. */
final class RawHttp implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Socket socket = new Socket();
  private final InputStream input;

  /** What came back. */
  record Answer(int status, Map<String, String> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  private RawHttp(int port, int receiveBufferBytes) throws IOException {
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.setSoTimeout((int) LIMIT.toMillis());
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    input = new BufferedInputStream(socket.getInputStream());
  }

  static RawHttp connect(int port) throws IOException {
    return new RawHttp(port, 0);
  }

  /** A client for which the kernel keeps little that it has not read. */
  static RawHttp connectWithSmallBuffer(int port) throws IOException {
    return new RawHttp(port, 32 * 1024);
  }

  /** Sends text, a byte a character. */
  RawHttp send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  RawHttp get(String target) throws IOException {
    return send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  /** Says that nothing more is sent, but goes on reading. */
  RawHttp endOutput() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Reads an answer that has a body, of the length that it states. */
  Answer answer() throws IOException {
    Answer head = answerToHead();
    byte[] body = input.readNBytes(Integer.parseInt(head.header("content-length")));
    return new Answer(head.status(), head.headers(), new String(body, StandardCharsets.UTF_8));
  }

  /** Reads an answer that has no body, whatever length it states. */
  Answer answerToHead() throws IOException {
    String[] status = line().split(" ", 3);
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      String[] header = line.split(":", 2);
      headers.put(header[0].toLowerCase(Locale.ROOT), header[1].strip());
    }
    return new Answer(Integer.parseInt(status[1]), headers, "");
  }

  /** Whether the server ends the connection before it sends anything more. */
  boolean ends() {
    try {
      return input.read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** How many bytes come until the connection ends. */
  long readToEnd() {
    long bytes = 0;
    byte[] some = new byte[8192];
    try {
      for (int read = input.read(some); read >= 0; read = input.read(some)) {
        bytes += read;
      }
    } catch (IOException e) {
      // Reset: that was all.
    }
    return bytes;
  }

  /** Goes away without a word. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = input.read(); c != '\n'; c = input.read()) {
      if (c < 0) {
        throw new IOException("ended after \"" + line + '"');
      }
      line.append((char) c);
    }
    return line.toString().strip();
  }
}
