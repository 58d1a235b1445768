package io.redirectbalancer.control.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.config.DatabaseSettings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The contract with a MariaDB, and what only a server can show; see {@code .ci/servers}. */
final class StoreServerTest extends StoreContract {
  private static final String URL = variable("TEST_MARIADB_URL");
  private static final String USER = variable("TEST_MARIADB_USER");
  private static final String PASSWORD = variable("TEST_MARIADB_PASSWORD");
  private static final String DATABASE = "store_test";

  @Override
  DatabaseSettings emptyDatabase() throws SQLException {
    run("DROP DATABASE IF EXISTS " + DATABASE, "CREATE DATABASE " + DATABASE);
    // As operators know it from MySQL.
    String url = URL.replaceFirst("jdbc:mariadb:(//[^/]+/).*", "jdbc:mysql:$1" + DATABASE);
    return new DatabaseSettings(url, Optional.of(USER), Optional.of(PASSWORD));
  }

  @AfterEach
  void drop() throws SQLException {
    run("DROP DATABASE IF EXISTS " + DATABASE);
  }

  @Test
  void instancesMayMigrateAnEmptyDatabaseAtTheSameMoment() throws Exception {
    for (int round = 0; round < 5; round++) {
      emptyDatabase();
      CountDownLatch go = new CountDownLatch(1);
      List<Future<Boolean>> migrations = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Store instance = another();
        migrations.add(
            start(
                () -> {
                  await(go);
                  instance.migrate();
                  return instance.read(LIMIT, Tables::generation) == 0;
                }));
      }
      go.countDown();

      for (Future<Boolean> migration : migrations) {
        assertThat(migration.get()).isTrue();
      }
    }
  }

  private static void run(String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(URL, USER, PASSWORD);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static String variable(String name) {
    String value = System.getenv(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set: run by .ci/servers");
    }
    return value;
  }
}
