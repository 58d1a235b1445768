package io.redirectbalancer.control.lock;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The network between a test and a server: a port that passes connections on, cuts or stalls them.
 */
final class Relay implements AutoCloseable {
  private final String host;
  private final int port;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private ServerSocket listening;
  private boolean stalled;

  /** Relays to an address of the form {@code host:port}. */
  Relay(String server) throws IOException {
    int colon = server.lastIndexOf(':');
    host = server.substring(0, colon);
    port = Integer.parseInt(server.substring(colon + 1));
    listen(0);
  }

  String address() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  /** Closes all connections and rejects new ones. */
  void cut() throws IOException {
    listening.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  /** Accepts connections, but passes nothing on any more. */
  synchronized void stall() {
    stalled = true;
  }

  /** Ends what {@link #cut} and {@link #stall} began. */
  synchronized void restore() throws IOException {
    stalled = false;
    notifyAll();
    if (listening.isClosed()) {
      listen(listening.getLocalPort());
    }
  }

  @Override
  public void close() throws IOException {
    restore();
    cut();
  }

  private void listen(int on) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), on);
    // Meanwhile the port may have become another connection's own.
    await()
        .ignoreExceptionsInstanceOf(BindException.class)
        .until(
            () -> {
              socket.bind(address);
              return true;
            });
    listening = socket;
    start(() -> accept(socket));
  }

  private void accept(ServerSocket from) throws IOException {
    while (true) {
      Socket client = from.accept();
      Socket server = new Socket(host, port);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      sockets.add(client);
      sockets.add(server);
      start(() -> pass(client, server));
      start(() -> pass(server, client));
    }
  }

  private void pass(Socket from, Socket to) throws IOException {
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      byte[] buffer = new byte[8192];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        awaitFlow();
        out.write(buffer, 0, count);
      }
    }
  }

  private synchronized void awaitFlow() throws IOException {
    while (stalled) {
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void start(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException | UncheckedIOException e) {
                // The connection, or the port, is closed.
              }
            },
            "relay");
    thread.setDaemon(true);
    thread.start();
  }
}
