package io.redirectbalancer.control.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.control.store.StoreException.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A small pool of connections, for which callers wait in the order that they came. Thread-safe.
 *
 * <p>HikariCP's time-out is the pool's, at least 250 ms, and takes no notice of a caller's limit:
 * the waiting is done here, and HikariCP only asked when it has a connection or may open one.
 */
final class ConnectionPool implements AutoCloseable {
  static final int MAX = 8;

  /** The longest limit; keeps sums of times within their types. */
  private static final Duration FOREVER = Duration.ofMinutes(10);

  private static final long CONNECT_STEP_MILLIS = 250;

  private final Database database;
  private final HikariDataSource pool;
  private final Semaphore permits = new Semaphore(MAX, /* fair= */ true);
  private final AtomicInteger waiting = new AtomicInteger();
  private final Outage outage = new Outage(System::nanoTime);

  ConnectionPool(Database database) {
    this.database = database;
    pool = newPool(database, "control", CONNECT_STEP_MILLIS);
  }

  /**
   * Creates a pool of at most {@link #MAX} connections.
   *
   * @param limitMillis how long a caller waits for a connection, at least 250
   */
  static HikariDataSource newPool(Database database, String name, long limitMillis) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(database.url());
    config.setUsername(database.user());
    config.setPassword(database.password());
    config.setConnectionInitSql(database.kind().greeting);
    // Each statement sees what is committed, and locks rows but no gaps between them.
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    config.setMaximumPoolSize(MAX);
    // While the database is down, HikariCP then connects only when somebody waits.
    config.setMinimumIdle(0);
    config.setIdleTimeout(TimeUnit.MINUTES.toMillis(1));
    config.setConnectionTimeout(limitMillis);
    config.setValidationTimeout(CONNECT_STEP_MILLIS);
    config.setInitializationFailTimeout(-1);
    // Otherwise it logs every connection that breaks, with a stack trace; they are sorted out here.
    config.setExceptionOverride(
        new SQLExceptionOverride() {
          @java.lang.Override
          public SQLExceptionOverride.Override adjudicate(SQLException error) {
            return SQLExceptionOverride.Override.DO_NOT_EVICT;
          }
        });
    return new HikariDataSource(config);
  }

  /**
   * Lends a connection.
   *
   * @throws StoreException if there is none within the limit, or the database is down
   */
  Session lend(Duration limit) {
    Duration patience = limit.compareTo(FOREVER) < 0 ? limit : FOREVER;
    long deadlineNanos = System.nanoTime() + patience.toNanos();
    boolean probe = outage.enter();
    boolean lent = false;
    try {
      acquirePermit(patience);
      try {
        Connection connection = connect(deadlineNanos, patience, probe);
        lent = true;
        return new Session(
            connection,
            database.kind(),
            outage,
            deadlineNanos,
            (lentOne, broken) -> takeBack(lentOne, broken, probe));
      } finally {
        if (!lent) {
          permits.release();
        }
      }
    } finally {
      if (!lent && probe) {
        outage.endProbe();
      }
    }
  }

  void bindTo(MeterRegistry registry) {
    gauge(registry, "active", () -> MAX - permits.availablePermits());
    gauge(registry, "idle", () -> pool.getHikariPoolMXBean().getIdleConnections());
    gauge(registry, "pending", waiting::get);
    gauge(registry, "max", () -> MAX);
  }

  @Override
  public void close() {
    pool.close();
  }

  private void acquirePermit(Duration patience) {
    waiting.incrementAndGet();
    try {
      if (!permits.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new StoreException(
            Kind.UNAVAILABLE, "database: no free connection in " + patience.toMillis() + " ms");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Kind.UNAVAILABLE, "database: interrupted", e);
    } finally {
      waiting.decrementAndGet();
    }
  }

  private Connection connect(long deadlineNanos, Duration patience, boolean probe) {
    while (true) {
      if (!probe) {
        outage.check();
      }
      try {
        return pool.getConnection();
      } catch (SQLTransientConnectionException e) {
        if (e.getCause() != null) {
          throw outage.refused(SqlErrors.reason(e.getCause()));
        }
        if (deadlineNanos - System.nanoTime() <= 0) {
          throw outage.silent("no connection in " + patience.toMillis() + " ms");
        }
      } catch (SQLException e) {
        String why = pool.isClosed() ? "closed" : SqlErrors.reason(e);
        throw new StoreException(Kind.UNAVAILABLE, "database: " + why, e);
      }
    }
  }

  private void takeBack(Connection connection, boolean broken, boolean probe) {
    try {
      if (broken) {
        pool.evictConnection(connection); // Also closes it: closing it again fails.
      } else {
        connection.close();
      }
    } catch (SQLException e) {
      // HikariCP has closed it, since it could not be reset.
    } finally {
      permits.release();
      if (probe) {
        outage.endProbe();
      }
    }
  }

  private static void gauge(MeterRegistry registry, String state, Supplier<Number> value) {
    Gauge.builder("control.pool.connections", value)
        .description("Connections to the control API's database; pending: calls that wait for one")
        .tag("state", state)
        .register(registry);
  }
}
