package io.redirectbalancer.admin;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * The admin port's open connections. If there are too many, or clients that do not read hold too
 * much memory, the one that has waited the longest is closed, so that the others are served. Used
 * on the admin port's event loop only.
 */
final class AdminConnections {
  private final Limits limits;

  /** Ordered by time in the current phase, the longest first. */
  private final Set<Connection> open = new LinkedHashSet<>();

  private final CompletableFuture<Void> allClosed = new CompletableFuture<>();
  private boolean closing;
  private int bodyBytes;

  AdminConnections(Limits limits) {
    this.limits = limits;
  }

  int count() {
    return open.size();
  }

  Limits limits() {
    return limits;
  }

  /** Returns whether the server is closing, so that no connection is kept alive. */
  boolean isClosing() {
    return closing;
  }

  /** Returns how many connections are in a phase. */
  long count(Connection.Phase phase) {
    return open.stream().filter(connection -> connection.phase() == phase).count();
  }

  /** Adds a connection, or moves it behind all that have been in their phase for longer. */
  void entered(Connection connection) {
    if (!open.remove(connection) && open.size() >= limits.connections()) {
      oldest(Connection::mayBeClosed)
          .or(() -> oldest(other -> other.phase() == Connection.Phase.WORK))
          .ifPresent(Connection::abort);
    }
    open.add(connection);
  }

  /** Makes room for the answer that a connection is about to write. */
  void reserve(Connection connection) {
    while (open.stream().mapToLong(Connection::unsentBytes).sum() > limits.unsentBytes()) {
      var slow = oldest(other -> other.unsentBytes() > 0 && other != connection);
      if (slow.isEmpty()) {
        return;
      }
      slow.get().abort();
    }
  }

  /** Returns whether there is room for so many more bytes of bodies; then they are counted. */
  boolean holdBody(int bytes) {
    if (bodyBytes + bytes > Limits.BODIES_BYTES) {
      return false;
    }
    bodyBytes += bytes;
    return true;
  }

  /** These bytes of a body are no longer held. */
  void releaseBody(int bytes) {
    bodyBytes -= bytes;
  }

  void remove(Connection connection) {
    open.remove(connection);
    if (closing && open.isEmpty()) {
      allClosed.complete(null);
    }
  }

  /** Closes connections without an answer in progress at once, the others after their answers. */
  void close() {
    closing = true;
    List.copyOf(open).stream().filter(Connection::mayBeCut).forEach(Connection::abort);
    if (open.isEmpty()) {
      allClosed.complete(null);
    }
  }

  /** Completes when no connection is left after {@link #close}. Thread-safe. */
  CompletableFuture<Void> allClosed() {
    return allClosed;
  }

  private Optional<Connection> oldest(Predicate<Connection> candidate) {
    return open.stream().filter(candidate).findFirst();
  }
}
