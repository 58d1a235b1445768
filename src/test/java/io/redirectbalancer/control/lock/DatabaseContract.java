package io.redirectbalancer.control.lock;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** What is the same for all databases. */
abstract class DatabaseContract extends LocksContract {
  /** Returns what the locks use. */
  abstract DataSource database();

  /** Returns what the test uses. */
  abstract DataSource direct();

  /** Opens a pool that waits for a connection as long as the limit says. */
  static HikariDataSource pool(String url, String user, String password, Duration limit) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(user);
    config.setPassword(password);
    config.setMaximumPoolSize(4);
    config.setConnectionTimeout(limit.toMillis());
    config.setValidationTimeout(500);
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  static void migrate(DataSource database) {
    Flyway.configure()
        .dataSource(database)
        .locations("classpath:control/migration")
        .load()
        .migrate();
  }

  @Override
  final Locks open(Duration lease, ScheduledExecutorService scheduler) {
    return new DatabaseLocks(database(), lease, scheduler);
  }

  @Override
  final void empty() throws SQLException {
    try (Connection connection = direct().getConnection();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("DELETE FROM control_locks");
      statement.executeUpdate("DELETE FROM control_lock_waiters");
    }
  }

  @Override
  final int waiting() throws SQLException {
    try (Connection connection = direct().getConnection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT COUNT(*) FROM control_lock_waiters")) {
      result.next();
      return result.getInt(1);
    }
  }
}
