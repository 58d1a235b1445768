package io.redirectbalancer.control.lock;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MariaDbLocksServerTest extends DatabaseContract {
  private static final String DATABASE = "control_locks_test";

  private static Relay relay;
  private static HikariDataSource direct;
  private static HikariDataSource relayed;

  @BeforeAll
  static void connect() throws IOException, SQLException {
    String url = Servers.variable("TEST_MARIADB_URL");
    Matcher server = Pattern.compile("//([^/]+)/").matcher(url);
    if (!server.find()) {
      throw new IllegalArgumentException("TEST_MARIADB_URL names no host: " + url);
    }
    recreate(url);
    url = url.replaceFirst("//([^/]+)/[^?]*", "//$1/" + DATABASE);
    relay = new Relay(server.group(1));
    direct = pool(url, PATIENCE);
    relayed = pool(url.replace(server.group(1), relay.address()), Duration.ofSeconds(1));
    migrate(direct);
  }

  private static void recreate(String url) throws SQLException {
    try (HikariDataSource given = pool(url, PATIENCE);
        Connection connection = given.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("DROP DATABASE IF EXISTS " + DATABASE);
      statement.execute("CREATE DATABASE " + DATABASE);
    }
  }

  private static boolean connects() throws SQLException {
    try (Connection connection = relayed.getConnection()) {
      return connection.isValid(1);
    }
  }

  private static HikariDataSource pool(String url, Duration limit) {
    return pool(
        url,
        Servers.variable("TEST_MARIADB_USER"),
        Servers.variable("TEST_MARIADB_PASSWORD"),
        limit);
  }

  @AfterAll
  static void disconnect() throws IOException, SQLException {
    relayed.close();
    direct.close();
    relay.close();
  }

  @Test
  void aServerThatHangsIsGivenUp() throws Exception {
    Hanging.isGivenUp(open(LONG_LEASE), relay);
  }

  @Override
  DataSource direct() {
    return direct;
  }

  @Override
  DataSource database() {
    return relayed;
  }

  @Override
  void stopService() throws IOException {
    relay.cut();
  }

  @Override
  void startService() throws IOException {
    relay.restore();
    // The pool pauses between attempts to connect.
    await().ignoreExceptions().until(MariaDbLocksServerTest::connects);
  }
}
