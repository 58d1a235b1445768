package io.redirectbalancer.control.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.config.DatabaseSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** H2 in a file, and what the tables are for other versions and other programs. */
final class StoreFileTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private Path directory;
  private Store store;

  @BeforeEach
  void prepare(@TempDir Path folder) {
    directory = folder;
    store = Store.open(new DatabaseSettings(url(), none(), none()));
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void aFileKeepsWhatWasStored() {
    open().migrate();
    long id =
        store.write(
            LIMIT,
            t ->
                t.insert(
                        StoreContract.user("A", "a@example.com"),
                        StoreContract.hash("a"),
                        StoreContract.NOW)
                    .id());
    store.close();

    open().migrate();

    Optional<User> stored = store.read(LIMIT, t -> t.user(id));
    assertThat(stored).isPresent();
    assertThat(directory.resolve("data/balancer.mv.db")).exists();
  }

  @Test
  void aFileWithAnotherPasswordSaysWhatIsWrong() {
    open().migrate();
    store.close();
    store =
        Store.open(new DatabaseSettings(url(), Optional.of("sa"), Optional.of("not the password")));

    assertThatThrownBy(store::migrate)
        .isInstanceOf(StoreException.class)
        .hasMessage("database: wrong user or password");
  }

  @Test
  void tablesOfALaterVersionAreRejected() throws Exception {
    open().migrate();
    store.close();
    run(
        "INSERT INTO \"control_schema_history\" (\"installed_rank\", \"version\", \"description\","
            + " \"type\", \"script\", \"installed_by\", \"execution_time\", \"success\")"
            + " VALUES (99, '99', 'later', 'SQL', 'V99__later.sql', 'sa', 1, TRUE)");
    open();

    assertThatThrownBy(store::migrate)
        .isInstanceOf(NewerSchemaException.class)
        .hasMessageMatching(
            "the control database's tables are of version 99, this program knows them up to version"
                + " \\d+: start the version of the program that has changed them, .*");
  }

  @Test
  void aMigrationThatFailedIsRunAgain() throws Exception {
    open().migrate();
    store.close();
    run(
        "UPDATE \"control_schema_history\" SET \"success\" = FALSE WHERE \"version\" = '2'",
        "DROP TABLE control_lock_waiters");

    open().migrate();

    store.close();
    run("SELECT id FROM control_lock_waiters");
  }

  @Test
  void theDatabaseMayHaveOtherTables() throws Exception {
    run("CREATE TABLE something_else (id INT)");

    open().migrate();

    assertThat(store.read(LIMIT, Tables::generation)).isZero();
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsAnErrorOfTheDatabase() throws Exception {
    Files.writeString(directory.resolve("data"), "a file");
    open();

    assertThatThrownBy(store::migrate)
        .isInstanceOf(StoreException.class)
        .hasMessage("database: the file cannot be opened or written");
  }

  @Test
  void theConnectionsAreShownByState() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    open().migrate();
    store.bindTo(registry);

    double active =
        store.read(
            LIMIT,
            t -> registry.get("control.pool.connections").tag("state", "active").gauge().value());

    assertThat(active).isEqualTo(1);
    assertThat(registry.get("control.pool.connections").tag("state", "idle").gauge().value())
        .isEqualTo(1);
    assertThat(registry.get("control.pool.connections").tag("state", "pending").gauge().value())
        .isZero();
    assertThat(registry.get("control.pool.connections").tag("state", "max").gauge().value())
        .isEqualTo(ConnectionPool.MAX);
  }

  private Store open() {
    store.close();
    store = Store.open(new DatabaseSettings(url(), none(), none()));
    return store;
  }

  private String url() {
    return "jdbc:h2:file:" + directory.resolve("data/balancer");
  }

  private void run(String... statements) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(url() + ";MODE=MySQL;DB_CLOSE_ON_EXIT=FALSE", "sa", "");
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static Optional<String> none() {
    return Optional.empty();
  }
}
