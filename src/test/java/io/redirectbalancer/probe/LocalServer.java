package io.redirectbalancer.probe;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A real HTTP/1.1 server that answers, byte by byte, what a test tells it to. */
final class LocalServer implements AutoCloseable {
  /** Accepts the request, and then nothing. */
  static final String HANG = "";

  /** Closes the connection instead of answering. */
  static final String CLOSE = "close";

  private final ServerSocket listening;
  private final Thread accepting;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> headers = new CopyOnWriteArrayList<>();
  private volatile UnaryOperator<String> answers;

  /** Listens on a free port of the loopback. */
  LocalServer(UnaryOperator<String> answers) throws IOException {
    this(0, answers);
  }

  /**
   * Listens.
   *
   * @param answers from a request line, such as {@code HEAD /healthz HTTP/1.1}, to what is sent
   */
  LocalServer(int port, UnaryOperator<String> answers) throws IOException {
    this(InetAddress.getLoopbackAddress(), port, answers);
  }

  LocalServer(InetAddress address, int port, UnaryOperator<String> answers) throws IOException {
    this.answers = answers;
    listening = new ServerSocket(port, 50, address);
    accepting = startThread(this::accept);
  }

  static LocalServer answering(String answer) throws IOException {
    return new LocalServer(request -> answer);
  }

  /** A whole answer without a body. */
  static String status(int status, String... headers) {
    String lines = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
    return "HTTP/1.1 " + status + " Some Words\r\n" + lines + "Content-Length: 0\r\n\r\n";
  }

  void answer(String answer) {
    answers = request -> answer;
  }

  int port() {
    return listening.getLocalPort();
  }

  /** How a list of CDNs names it. */
  String address() {
    return "127.0.0.1:" + port();
  }

  /** The request lines so far. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  /** The header lines of all requests so far. */
  List<String> headers() {
    return List.copyOf(headers);
  }

  int openConnections() {
    return connections.size();
  }

  @Override
  public void close() throws IOException {
    kill();
  }

  /** Ends it as the end of its process would. */
  void kill() throws IOException {
    listening.close();
    await().until(() -> !accepting.isAlive()); // which could accept one more
    for (Socket connection : connections) {
      connection.close();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = listening.accept();
        connections.add(connection);
        startThread(() -> serve(connection));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
      for (String request = read(reader); request != null; request = read(reader)) {
        String answer = answers.apply(request);
        requests.add(request);
        if (answer.equals(CLOSE)) {
          return;
        }
        connection.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      // closed by the client, in the middle of something
    } finally {
      connections.remove(connection);
    }
  }

  /** The next request's first line, with its headers kept; null at the end. */
  private @Nullable String read(BufferedReader reader) throws IOException {
    String first = reader.readLine();
    String line = first == null ? null : reader.readLine();
    while (line != null && !line.isEmpty()) {
      headers.add(line);
      line = reader.readLine();
    }
    return line == null ? null : first;
  }

  private static Thread startThread(Runnable action) {
    Thread thread = new Thread(action, "local-server");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
