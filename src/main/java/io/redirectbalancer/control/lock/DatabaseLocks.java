package io.redirectbalancer.control.lock;

import io.redirectbalancer.trace.StatementSpan;
import io.redirectbalancer.trace.TraceSpan;
import io.redirectbalancer.transport.ErrorText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Locks in the control API's own database: H2, MariaDB or MySQL. First come, first served, also
 * across instances.
 *
 * <p>A held lock is a row whose primary key is the name; to insert it is to take it. If nobody
 * waits, that is one statement, and the release is another. A caller that finds the row, or earlier
 * waiters, draws a ticket (a row of the queue) and looks until it is the first one and the lock is
 * free: at once when a lock is released in the same process, and otherwise every few milliseconds,
 * the less often the more wait before it. A ticket is valid for its owner's patience, so that one
 * left by a process that died does not stop the others any longer.
 *
 * <p>All times in the rows are the database's own, so that the instances' clocks do not matter. No
 * connection is held while waiting or while a lock is held.
 */
final class DatabaseLocks implements Locks {
  private static final String TAKE =
      "INSERT INTO control_locks (name, holder, expires) SELECT ?, ?, NOW_MS + ? FROM DUAL"
          + " WHERE NOT EXISTS (SELECT 1 FROM control_lock_waiters"
          + " WHERE name = ? AND id < ? AND expires > NOW_MS)";
  private static final String RENEW =
      "UPDATE control_locks SET expires = NOW_MS + ? WHERE name = ? AND holder = ?";
  private static final String RELEASE = "DELETE FROM control_locks WHERE name = ? AND holder = ?";
  private static final String CLEAR =
      "DELETE FROM control_locks WHERE name = ? AND expires <= NOW_MS";
  private static final String QUEUE =
      "INSERT INTO control_lock_waiters (name, expires) SELECT ?, NOW_MS + ? FROM DUAL";
  private static final String LOOK =
      "SELECT (SELECT COUNT(*) FROM control_lock_waiters"
          + " WHERE name = ? AND id < ? AND expires > NOW_MS),"
          + " (SELECT COUNT(*) FROM control_locks WHERE name = ? AND expires > NOW_MS) FROM DUAL";
  private static final String LEAVE =
      "DELETE FROM control_lock_waiters WHERE id = ? OR (name = ? AND expires <= NOW_MS)";

  /** Not by the session's time zone, whose clock is set back once a year. */
  private static final String NOW_MS_MARIADB =
      "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)";

  private static final String NOW_MS_H2 =
      "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS BIGINT)";

  private static final long NO_TICKET = Long.MAX_VALUE;
  private static final int MIN_PAUSE_MILLIS = 4;
  private static final int MAX_PAUSE_MILLIS = 12;
  private static final int MAX_PLACE = 10;
  private static final Duration LEAVE_LIMIT = Duration.ofMillis(500);

  private final DataSource database;
  private final Renewals renewals;
  private final Wakeups wakeups = new Wakeups();
  private volatile @Nullable String nowMs;

  /**
   * Creates locks in a database that has the tables.
   *
   * @param database has to give up in time if it has no connection to give
   * @param lease how long a lock is held without renewal
   * @param scheduler for the renewals; closed with this
   */
  DatabaseLocks(DataSource database, Duration lease, ScheduledExecutorService scheduler) {
    this.database = database;
    renewals = new Renewals(lease, scheduler);
  }

  @Override
  public Lock acquire(String name, Duration patience) throws LockException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Limit limit = Limit.in(patience);
    Row row = new Row(name, UUID.randomUUID().toString());
    Lease lease = new Lease(name, row, renewals);
    boolean known = false;
    try {
      long sent = System.nanoTime();
      if (row.take(NO_TICKET, limit)) {
        lease.start(sent);
      } else {
        await(row, lease, limit);
      }
      known = true;
      return lease;
    } finally {
      if (!known) {
        lease.abandon();
      }
    }
  }

  /** Waits in the queue. */
  private void await(Row row, Lease lease, Limit limit) throws LockException, InterruptedException {
    try (Wakeups.Waiter waiter = wakeups.register(row.name)) {
      long ticket = row.queue(limit);
      try {
        while (true) {
          Turn turn = row.look(ticket, limit);
          long sent = System.nanoTime();
          if (turn.isMine() && row.takeOver(ticket, limit)) {
            lease.start(sent);
            return;
          }
          if (limit.reached()) {
            throw LockException.busy("another change of " + row.name + " is under way");
          }
          waiter.await(shorter(pause(turn), limit.left()));
        }
      } finally {
        leave(row, ticket);
      }
    }
  }

  private static Duration pause(Turn turn) {
    int millis = ThreadLocalRandom.current().nextInt(MIN_PAUSE_MILLIS, MAX_PAUSE_MILLIS + 1);
    return Duration.ofMillis((long) millis * (1 + Math.min(MAX_PLACE, turn.before)));
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private void leave(Row row, long ticket) {
    try {
      row.leave(ticket, Limit.in(LEAVE_LIMIT));
    } catch (LockException e) {
      renewals.warn("ticket for a lock not returned; it expires", row.name, e.getMessage());
    }
    // Whoever is next may be here.
    wakeups.wake(row.name);
  }

  @Override
  public void check(Duration limit) throws LockException {
    update(Limit.in(limit), CLEAR, "");
  }

  @Override
  public void close() {
    renewals.close();
  }

  /**
   * What a waiter sees.
   *
   * @param before how many wait before it
   */
  private record Turn(int before, boolean held) {
    boolean isMine() {
      return before == 0 && !held;
    }
  }

  /** A row to be, for one holder. */
  private final class Row implements Holding {
    private final String name;
    private final String holder;

    Row(String name, String holder) {
      this.name = name;
      this.holder = holder;
    }

    boolean take(long ticket, Limit limit) throws LockException {
      return update(limit, TAKE, name, holder, leaseMillis(), name, ticket) == 1;
    }

    boolean takeOver(long ticket, Limit limit) throws LockException {
      update(limit, CLEAR, name);
      return take(ticket, limit);
    }

    long queue(Limit limit) throws LockException {
      return inDatabase(
          limit,
          QUEUE,
          (connection, sql) -> {
            try (PreparedStatement statement =
                connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
              set(statement, name, limit.left().toMillis());
              statement.executeUpdate();
              try (ResultSet keys = statement.getGeneratedKeys()) {
                keys.next();
                return keys.getLong(1);
              }
            }
          });
    }

    Turn look(long ticket, Limit limit) throws LockException {
      return inDatabase(
          limit,
          LOOK,
          (connection, sql) -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
              set(statement, name, ticket, name);
              try (ResultSet result = statement.executeQuery()) {
                result.next();
                return new Turn(result.getInt(1), result.getInt(2) > 0);
              }
            }
          });
    }

    void leave(long ticket, Limit limit) throws LockException {
      update(limit, LEAVE, ticket, name);
    }

    @Override
    public boolean renew(Limit limit) throws LockException {
      return update(limit, RENEW, leaseMillis(), name, holder) == 1;
    }

    @Override
    public void release(Limit limit, Runnable failed) throws LockException {
      update(limit, RELEASE, name, holder);
      wakeups.wake(name);
    }
  }

  /** The database's lease must not end before ours, and its clock leaves out parts. */
  private long leaseMillis() {
    return renewals.lease().toMillis() + 1;
  }

  /** Returns how many rows were changed; none if another transaction was faster. */
  private int update(Limit limit, String template, Object... values) throws LockException {
    return inDatabase(
        limit,
        template,
        (connection, sql) -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, values);
            return statement.executeUpdate();
          } catch (SQLException e) {
            if (isConflict(e)) {
              return 0;
            }
            throw e;
          }
        });
  }

  /** Whether the row is there already, or two statements were in each other's way. */
  private static boolean isConflict(SQLException error) {
    String state = String.valueOf(error.getSQLState());
    return state.startsWith("23") || state.startsWith("40") || state.equals("90131");
  }

  private static void set(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
  }

  private interface Work<T> {
    T on(Connection connection, String sql) throws SQLException;
  }

  private <T> T inDatabase(Limit limit, String template, Work<T> work) throws LockException {
    try (Connection connection = database.getConnection()) {
      if (!connection.getAutoCommit()) {
        connection.setAutoCommit(true);
      }
      connection.setNetworkTimeout(Runnable::run, limit.answerMillis());
      return traced(connection, sql(connection, template), work);
    } catch (SQLException e) {
      throw LockException.unavailable("the database does not answer: " + reason(e), e);
    }
  }

  private <T> T traced(Connection connection, String sql, Work<T> work) throws SQLException {
    boolean h2 = NOW_MS_H2.equals(nowMs);
    TraceSpan span = StatementSpan.start(h2 ? "h2database" : "mariadb", sql);
    try {
      return work.on(connection, sql);
    } catch (SQLException e) {
      StatementSpan.fail(span, e);
      throw e;
    } finally {
      span.end();
    }
  }

  /** Not the driver's own message: it may quote statements and addresses. */
  private static String reason(SQLException error) {
    String state = error.getSQLState();
    return state == null || state.startsWith("08")
        ? "no connection"
        : "SQL state " + ErrorText.of(state);
  }

  private String sql(Connection connection, String template) throws SQLException {
    String now = nowMs;
    if (now == null) {
      boolean h2 = connection.getMetaData().getDatabaseProductName().equals("H2");
      now = h2 ? NOW_MS_H2 : NOW_MS_MARIADB;
      nowMs = now;
    }
    return template.replace("NOW_MS", now);
  }
}
