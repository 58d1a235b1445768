package io.redirectbalancer.control.store;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.config.DatabaseSettings;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The database behind a small pool of connections. Thread-safe.
 *
 * <p>Each method takes the time that the caller still waits: for a free connection and for the
 * database together. What does not happen in time ends as {@link StoreException.Kind#UNAVAILABLE};
 * while the database is down, that is at once. A function that is given must use the tables within
 * its own call and thread only, and must not call this store.
 */
public final class Store implements AutoCloseable {
  private static final Duration MIGRATION_CONNECT_LIMIT = Duration.ofSeconds(3);

  private static final long LOCK_CONNECT_MILLIS = 1_000;

  private final Database database;
  private final ConnectionPool connections;
  private @Nullable HikariDataSource locks;

  private Store(Database database, ConnectionPool connections) {
    this.database = database;
    this.connections = connections;
  }

  /**
   * Opens the pool, without connecting yet.
   *
   * @throws IllegalArgumentException if no driver knows the URL, or the driver rejects it; the
   *     message shows no part of the URL that could be secret
   */
  public static Store open(DatabaseSettings settings) {
    Database database = Database.of(settings);
    return new Store(database, new ConnectionPool(database));
  }

  /** Shows how many connections there are: {@code control_pool_connections}, by state. */
  public void bindTo(MeterRegistry registry) {
    connections.bindTo(registry);
  }

  /**
   * Creates the tables, or brings them to this version. Instances may do so at the same moment.
   *
   * @throws StoreException if the database cannot be reached
   * @throws NewerSchemaException if a later version of the program has changed the tables
   */
  public void migrate() {
    // Says sooner and more clearly than Flyway that a database cannot be reached.
    check(MIGRATION_CONNECT_LIMIT);
    new Migration(database).run();
  }

  /**
   * Checks that the database answers, whatever tables it has.
   *
   * @throws StoreException if it does not within the limit
   */
  public void check(Duration limit) {
    try (Session session = connections.lend(limit)) {
      session.ping();
    }
  }

  /** Runs single reads, each of which sees what is committed at that moment. */
  public <T> T read(Duration limit, Function<Tables, T> reads) {
    try (Session session = connections.lend(limit)) {
      return reads.apply(new JdbcTables(session));
    }
  }

  /** Runs reads that see one moment. */
  public <T> T readConsistently(Duration limit, Function<Tables, T> reads) {
    return transaction(limit, Session::beginConsistent, reads, Session::rollBack);
  }

  /** Runs a transaction; it is rolled back if the function throws. */
  public <T> T write(Duration limit, Function<Tables, T> changes) {
    return transaction(limit, Session::begin, changes, Session::commit);
  }

  /** Runs a transaction and rolls it back, so that only its result remains. */
  public <T> T tryOut(Duration limit, Function<Tables, T> changes) {
    return transaction(limit, Session::begin, changes, Session::rollBack);
  }

  /**
   * Returns connections for locks, which are closed with the store. They are not those of the reads
   * and writes: whoever waits for a lock keeps nobody from them.
   */
  public synchronized DataSource forLocks() {
    if (locks == null) {
      locks = ConnectionPool.newPool(database, "control-locks", LOCK_CONNECT_MILLIS);
    }
    return locks;
  }

  /** Closes all connections. */
  @Override
  public synchronized void close() {
    connections.close();
    if (locks != null) {
      locks.close();
    }
  }

  private <T> T transaction(
      Duration limit, Consumer<Session> begin, Function<Tables, T> work, Consumer<Session> end) {
    try (Session session = connections.lend(limit)) {
      boolean ended = false;
      try {
        begin.accept(session);
        T result = work.apply(new JdbcTables(session));
        end.accept(session);
        ended = true;
        return result;
      } finally {
        if (!ended) {
          session.rollBack();
        }
      }
    }
  }
}
