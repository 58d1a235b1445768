package io.redirectbalancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.config.ControlSettings;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.doctor.Finding.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlChecksTest {
  private final Path folder;

  ControlChecksTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void aDatabaseThatIsNotThereYetIsNotCreated() throws IOException {
    assertThat(run(Map.of()))
        .containsExactly(
            Finding.ok(
                "database",
                url() + ": there is no such file yet; the start will create or change them"),
            Finding.ok("locks", "in the database"));
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void looksAtTheTablesAndChangesNoByte() throws IOException {
    try (Store store = Store.open(settings(Map.of()).database())) {
      store.migrate();
    }
    Map<String, Long> before = files();

    assertThat(run(Map.of()))
        .first()
        .isEqualTo(Finding.ok("database", url() + ": answers, with tables of version 2"));
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void knowsTablesOfALaterVersion() throws Exception {
    try (Store store = Store.open(settings(Map.of()).database())) {
      store.migrate();
    }
    try (Connection connection = DriverManager.getConnection(url(), "sa", "");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "UPDATE \"control_schema_history\" SET \"version\" = '99' WHERE \"version\" = '2'");
    }

    assertThat(run(Map.of()))
        .first()
        .extracting(Finding::level, Finding::text)
        .containsExactly(
            Level.FAIL, url() + ": its tables are of version 99, this program knows version 2");
  }

  @Test
  void aDatabaseThatAnotherProcessHasOpenIsLeftAlone() throws IOException {
    try (Store store = Store.open(settings(Map.of()).database())) {
      store.migrate();

      assertThat(run(Map.of())).first().extracting(Finding::level).isNotEqualTo(Level.FAIL);
    }
  }

  @Test
  void saysWhyThereIsNoAnswer() {
    assertThat(
            run(
                Map.of(
                    "DATABASE_URL", "jdbc:mariadb://127.0.0.1:1/balancer?password=hidden",
                    "LOCK_TYPE", "redis",
                    "REDIS_ADDR", "127.0.0.1:1")))
        .containsExactly(
            Finding.fail(
                "database",
                "jdbc:mariadb://127.0.0.1:1/balancer: connection refused",
                "start it, or correct DATABASE_URL, DATABASE_USER and the password"),
            Finding.fail(
                "locks",
                "redis 127.0.0.1:1: Redis at 127.0.0.1:1 does not answer: connection refused",
                "start it, or correct LOCK_TYPE and its address; no change is made without it"));
  }

  private List<Finding> run(Map<String, String> variables) {
    return ControlChecks.run(settings(variables));
  }

  private ControlSettings settings(Map<String, String> variables) {
    Map<String, String> all = new HashMap<>(Map.of("DATABASE_URL", url()));
    all.putAll(variables);
    return ControlSettings.read(new Environment(Variable.Reader.SERVE, all), false)
        .get()
        .orElseThrow();
  }

  private String url() {
    return "jdbc:h2:file:" + folder.resolve("control");
  }

  /** Each file's name and time of its last change. */
  private Map<String, Long> files() throws IOException {
    Map<String, Long> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        files.put(file.getFileName().toString(), Files.getLastModifiedTime(file).toMillis());
      }
    }
    return files;
  }
}
