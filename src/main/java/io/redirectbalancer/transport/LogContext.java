package io.redirectbalancer.transport;

import io.grpc.Context;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What a thread works for: a call or a request, which log lines name by fields. It travels in
 * gRPC's {@link Context}, where whoever writes the lines finds it. Redirect calls do without that,
 * since it costs each of them something and few of them are logged: their lines add {@link #peer}
 * and {@link #method} where they are written. Thread-safe.
 */
public final class LogContext {
  private static final Context.Key<LogContext> KEY = Context.key("log");

  private final @Nullable SocketAddress peer;
  private final String method;
  private final String path;
  private volatile @Nullable String user;

  private LogContext(@Nullable SocketAddress peer, String method, String path) {
    this.peer = peer;
    this.method = method;
    this.path = path;
  }

  /**
   * Returns a context for work on a gRPC call.
   *
   * @param method its full name
   */
  public static LogContext ofCall(@Nullable SocketAddress peer, String method) {
    return new LogContext(peer, method, "");
  }

  /** Returns a context for work on an HTTP request. */
  public static LogContext ofRequest(@Nullable SocketAddress peer, String method, String path) {
    return new LogContext(peer, method, path);
  }

  /** Returns what the current thread works for; null if that is not known. */
  public static @Nullable LogContext current() {
    return KEY.get();
  }

  /** Names the user for whom the current thread works, once it is known. */
  public static void isUser(String name) {
    LogContext current = current();
    if (current != null) {
      current.user = name;
    }
  }

  /** Returns the context with this one in it. */
  public Context in(Context context) {
    return context.withValue(KEY, this);
  }

  /** Runs a task that works for it. */
  public void run(Runnable task) {
    wrap(task).run();
  }

  /** Returns the task as one that works for it, on whatever thread it runs. */
  public Runnable wrap(Runnable task) {
    return in(Context.current()).wrap(task);
  }

  /** Passes on its fields: names, and texts or numbers. */
  public void describe(BiConsumer<String, Object> add) {
    if (peer instanceof InetSocketAddress internet) {
      add.accept("client.address", host(internet));
      add.accept("client.port", internet.getPort());
    } else if (peer != null) {
      add.accept("client.address", peer.toString());
    }
    if (path.isEmpty()) {
      add.accept("rpc_method", method);
    } else {
      add.accept("http.request.method", method);
      add.accept("url.path", path);
    }
    String user = this.user;
    if (user != null) {
      add.accept("user.name", user);
    }
  }

  /** Adds who is at the other end of a connection; nothing if that is not known. */
  public static LoggingEventBuilder peer(LoggingEventBuilder line, @Nullable SocketAddress peer) {
    if (peer instanceof InetSocketAddress internet) {
      return line.addKeyValue("client.address", host(internet))
          .addKeyValue("client.port", internet.getPort());
    }
    return peer == null ? line : line.addKeyValue("client.address", peer.toString());
  }

  /** Adds a call's full name. */
  public static LoggingEventBuilder method(LoggingEventBuilder line, String method) {
    return line.addKeyValue("rpc_method", method);
  }

  private static String host(InetSocketAddress peer) {
    InetAddress address = peer.getAddress();
    return address == null ? peer.getHostString() : address.getHostAddress();
  }
}
