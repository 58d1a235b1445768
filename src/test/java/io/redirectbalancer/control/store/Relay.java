package io.redirectbalancer.control.store;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Connections to a local server that can be cut, or made to hang. Thread-safe. */
final class Relay implements AutoCloseable {
  private final int target;
  private final int port;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile @Nullable ServerSocket listener;
  private volatile boolean hanging;

  private Relay(int target, ServerSocket listener) {
    this.target = target;
    this.port = listener.getLocalPort();
    listen(listener);
  }

  static Relay to(int port) throws IOException {
    return new Relay(port, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
  }

  int port() {
    return port;
  }

  int connectionsSinceMended() {
    return connections.get();
  }

  /** Closes all connections and rejects new ones. */
  void cut() throws IOException {
    ServerSocket open = listener;
    if (open != null) {
      open.close();
    }
    closeConnections();
  }

  /** Passes on nothing any more, on old connections and on new ones. */
  void hang() {
    hanging = true;
  }

  /** Is as at the beginning; connections that hung are closed. */
  void mend() throws IOException {
    closeConnections();
    connections.set(0);
    if (hanging) {
      hanging = false;
      return;
    }
    ServerSocket again = new ServerSocket();
    again.setReuseAddress(true);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    // Meanwhile the port may have become another connection's own.
    await()
        .ignoreExceptionsInstanceOf(BindException.class)
        .until(
            () -> {
              again.bind(address);
              return true;
            });
    listen(again);
  }

  @Override
  public void close() throws IOException {
    cut();
  }

  private void closeConnections() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  private void listen(ServerSocket open) {
    listener = open;
    start(
        () -> {
          while (true) {
            Socket client = open.accept();
            sockets.add(client);
            connections.incrementAndGet();
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
            sockets.add(server);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            start(() -> copy(client, server));
            start(() -> copy(server, client));
          }
        });
  }

  private void copy(Socket from, Socket to) throws IOException {
    byte[] buffer = new byte[8192];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (!hanging) {
          out.write(buffer, 0, n);
        }
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
              } catch (IOException e) {
                // The connection was closed.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }
}
