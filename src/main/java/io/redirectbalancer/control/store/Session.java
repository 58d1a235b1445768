package io.redirectbalancer.control.store;

import io.redirectbalancer.control.store.StoreException.Kind;
import io.redirectbalancer.trace.StatementSpan;
import io.redirectbalancer.trace.TraceSpan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * A connection that is lent for one call, with the time that the call has. Not thread-safe.
 *
 * <p>JDBC's own way to begin a transaction takes two round trips more: {@code autocommit} is
 * switched off and on.
 */
final class Session implements AutoCloseable {
  /** Less would end connections, which are expensive, for callers who hardly wait at all. */
  private static final int LEAST_LIMIT_MILLIS = 100;

  /** A database that is silent for less may merely be slow. */
  private static final long SILENCE_NANOS = Duration.ofMillis(250).toNanos();

  private final Connection connection;
  private final Database.Kind kind;
  private final Outage outage;
  private final long deadlineNanos;
  private final Lender lender;

  private long sentNanos;
  private boolean answered;
  private boolean broken;

  /** The span of the statement that runs. */
  private TraceSpan statement = TraceSpan.NONE;

  /** Takes connections back. */
  interface Lender {
    /** Takes back a connection, which is to be closed if it is broken. */
    void takeBack(Connection connection, boolean broken);
  }

  Session(
      Connection connection, Database.Kind kind, Outage outage, long deadlineNanos, Lender lender) {
    this.connection = connection;
    this.kind = kind;
    this.outage = outage;
    this.deadlineNanos = deadlineNanos;
    this.lender = lender;
  }

  /** Prepares a statement, which must be run at once. */
  PreparedStatement prepare(String sql) throws SQLException {
    limit();
    statement = StatementSpan.start(kind.system, sql);
    return connection.prepareStatement(sql);
  }

  /** Prepares an insertion into a table whose ids the database gives. */
  PreparedStatement prepareInsertion(String sql) throws SQLException {
    limit();
    statement = StatementSpan.start(kind.system, sql);
    return connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS);
  }

  /** Called after each statement that was run. */
  void answered() {
    statement.end();
    statement = TraceSpan.NONE;
    answered = true;
    outage.up();
  }

  /** Notes what an error says of the connection and of the database, and translates it. */
  StoreException failed(SQLException error) {
    StatementSpan.fail(statement, error);
    if (!SqlErrors.isConnectionLost(error)) {
      answered();
    } else {
      statement.end();
      statement = TraceSpan.NONE;
      broken = true;
      if (!SqlErrors.isTimeout(error) || isSilence()) {
        outage.silent(SqlErrors.reason(error));
      }
    }
    return SqlErrors.translate(error);
  }

  /** Whether a time-out means that the database is down; a later statement may wait for a lock. */
  private boolean isSilence() {
    return !answered
        && System.nanoTime() - sentNanos >= SILENCE_NANOS
        && !outage.hasAnsweredSince(sentNanos);
  }

  void ping() {
    execute("SELECT 1");
  }

  void begin() {
    kind.begin(millisLeft()).forEach(this::execute);
  }

  /** Begins a transaction whose reads see one moment. */
  void beginConsistent() {
    try {
      limit();
      // The pool sets it back.
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    } catch (SQLException e) {
      throw failed(e);
    }
    begin();
  }

  void commit() {
    try {
      execute("COMMIT");
    } catch (StoreException e) {
      throw broken
          ? new StoreException(
              Kind.UNAVAILABLE, e.getMessage() + "; the change may or may not have happened", e)
          : e;
    }
  }

  void rollBack() {
    if (broken) {
      return;
    }
    try (Statement statement = connection.createStatement()) {
      kind.limit(connection, Math.max(millisLeft(), LEAST_LIMIT_MILLIS));
      statement.execute("ROLLBACK");
    } catch (SQLException e) {
      // Then the server rolls back, when it sees that the connection has ended.
      broken = true;
    }
  }

  @Override
  public void close() {
    lender.takeBack(connection, broken);
  }

  private void execute(String sql) {
    try {
      limit();
      statement = StatementSpan.start(kind.system, sql);
      try (Statement plain = connection.createStatement()) {
        plain.execute(sql);
      }
      answered();
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private void limit() throws SQLException {
    sentNanos = System.nanoTime();
    if (deadlineNanos - sentNanos <= 0) {
      throw new StoreException(Kind.UNAVAILABLE, "database: no answer in time");
    }
    kind.limit(connection, Math.max(millisLeft(), LEAST_LIMIT_MILLIS));
  }

  private int millisLeft() {
    return (int) Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
  }
}
