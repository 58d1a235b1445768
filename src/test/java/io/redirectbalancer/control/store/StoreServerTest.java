package io.redirectbalancer.control.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.config.DatabaseSettings;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
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

  @Test
  void whileTheDatabaseIsDownCallsFailAtOnceAndWorkAgainWhenItIsBack() throws Exception {
    try (Relay relay = Relay.to(port())) {
      Store relayed = through(relay);
      assertThat(relayed.read(LIMIT, Tables::generation)).isZero();

      relay.cut();
      assertThat(unavailable(() -> relayed.read(LIMIT, Tables::generation)))
          .isLessThan(Duration.ofSeconds(1));
      unavailable(() -> relayed.read(LIMIT, Tables::generation));
      for (int i = 0; i < 20; i++) {
        assertThat(unavailable(() -> relayed.write(LIMIT, Tables::lockGeneration)))
            .isLessThan(Duration.ofMillis(100));
      }

      relay.mend();
      long start = System.nanoTime();
      Awaitility.await()
          .atMost(Duration.ofSeconds(2))
          .pollInterval(Duration.ofMillis(20))
          .ignoreExceptions()
          .until(() -> relayed.read(LIMIT, Tables::generation) == 0);
      assertThat(relay.connectionsSinceMended()).isEqualTo(1);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }
  }

  @Test
  void aDatabaseThatHangsCostsOneCallItsLimitAndOthersNothing() throws Exception {
    try (Relay relay = Relay.to(port())) {
      Store relayed = through(relay);
      relayed.read(LIMIT, Tables::generation);
      Duration limit = Duration.ofMillis(600);

      relay.hang();
      assertThat(unavailable(() -> relayed.read(limit, Tables::generation)))
          .isBetween(Duration.ofMillis(200), Duration.ofSeconds(1));
      Future<Duration> probe =
          start(() -> unavailable(() -> relayed.read(limit, Tables::generation)));
      Thread.sleep(100);
      assertThat(unavailable(() -> relayed.read(limit, Tables::generation)))
          .isLessThan(Duration.ofMillis(100));
      assertThat(probe.get()).isLessThan(Duration.ofSeconds(1));

      relay.mend();
      Awaitility.await()
          .atMost(Duration.ofSeconds(4))
          .pollInterval(Duration.ofMillis(20))
          .ignoreExceptions()
          .until(() -> relayed.read(LIMIT, Tables::generation) == 0);
    }
  }

  @Test
  void aDatabaseThatIsNotThereIsAnErrorOfTheMigrationAtOnce() throws Exception {
    try (Relay relay = Relay.to(port())) {
      Store relayed = through(relay);
      relay.cut();

      assertThat(unavailable(relayed::migrate)).isLessThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void aChangeWhoseCommitIsNotAnsweredIsToldApart() throws Exception {
    try (Relay relay = Relay.to(port())) {
      Store relayed = through(relay);

      assertThatThrownBy(
              () ->
                  relayed.write(
                      Duration.ofMillis(500),
                      t -> {
                        t.insert(user("A", "a@example.com"), hash("a"), NOW);
                        relay.hang();
                        return 0;
                      }))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("the change may or may not have happened");
    }
  }

  @Test
  void aTransactionOfASuspendedProcessEndsAndOthersGoOn() throws Exception {
    try (Relay relay = Relay.to(port())) {
      Store relayed = through(relay);
      CountDownLatch locked = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      Future<Object> suspended =
          start(
              () -> {
                try {
                  return relayed.write(
                      LIMIT,
                      t -> {
                        t.lockGeneration();
                        locked.countDown();
                        await(go);
                        t.storeGeneration(1, NOW);
                        return 1L;
                      });
                } catch (StoreException e) {
                  return e.kind();
                }
              });
      await(locked);

      Awaitility.await()
          .atMost(Duration.ofSeconds(8))
          .ignoreExceptions()
          .until(() -> write(Tables::lockGeneration) == 0);
      go.countDown();

      assertThat(suspended.get()).isEqualTo(StoreException.Kind.UNAVAILABLE);
      assertThat(read(Tables::generation)).isZero();
    }
  }

  @Test
  void aWrongPasswordIsToldWithoutShowingIt() {
    Store rejected =
        Store.open(new DatabaseSettings(URL, Optional.of(USER), Optional.of("s3cret")));
    stores.add(rejected);

    assertThatThrownBy(() -> rejected.read(LIMIT, Tables::generation))
        .isInstanceOf(StoreException.class)
        .hasMessage("database: wrong user or password");
  }

  private Store through(Relay relay) {
    String url = "jdbc:mariadb://127.0.0.1:" + relay.port() + "/" + DATABASE;
    Store relayed = Store.open(new DatabaseSettings(url, Optional.of(USER), Optional.of(PASSWORD)));
    stores.add(relayed);
    return relayed;
  }

  /** How long a call took to be told that the database is unavailable. */
  private static Duration unavailable(ThrowingCallable call) {
    long start = System.nanoTime();
    assertThatThrownBy(call)
        .isInstanceOf(StoreException.class)
        .extracting(error -> ((StoreException) error).kind())
        .isEqualTo(StoreException.Kind.UNAVAILABLE);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static int port() {
    return URI.create(URL.substring("jdbc:".length())).getPort();
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
