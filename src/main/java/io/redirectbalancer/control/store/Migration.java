package io.redirectbalancer.control.store;

import io.redirectbalancer.control.store.StoreException.Kind;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.flywaydb.core.api.output.MigrateResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the tables to this version, by the scripts in {@code control/migration}. */
final class Migration {
  private static final Logger log = LoggerFactory.getLogger(Migration.class);

  private final Database database;
  private final Flyway flyway;

  Migration(Database database) {
    this.database = database;
    flyway =
        Flyway.configure(Migration.class.getClassLoader())
            .dataSource(database.url(), database.user(), database.password())
            .locations("classpath:control/migration")
            .table("control_schema_history")
            // The database may have other tables as well.
            .baselineOnMigrate(true)
            .baselineVersion("0")
            .loggers("slf4j")
            .load();
  }

  void run() {
    try (Connection connection =
        DriverManager.getConnection(database.url(), database.user(), database.password())) {
      awaitOthers(connection);
      rejectNewer();
      repair();
      migrate();
    } catch (SQLException e) {
      throw SqlErrors.translate(e);
    } catch (FlywayException e) {
      throw new StoreException(
          Kind.UNAVAILABLE, "database: the tables cannot be created or changed: " + reason(e), e);
    }
  }

  /** Compares the tables with this version, and changes nothing. */
  StoreCheck.Result look() {
    try {
      MigrationInfoService info = flyway.info();
      String known = latest(info.all(), false).map(MigrationVersion::getVersion).orElse("0");
      Optional<MigrationVersion> newer = latest(info.all(), true);
      if (newer.isPresent()) {
        return new StoreCheck.Result(
            StoreCheck.State.NEWER,
            "its tables are of version " + newer.get() + ", this program knows version " + known);
      }
      MigrationInfo current = info.current();
      if (info.pending().length == 0) {
        return new StoreCheck.Result(
            StoreCheck.State.READY, "answers, with tables of version " + known);
      }
      return new StoreCheck.Result(
          StoreCheck.State.UNMIGRATED,
          current == null
              ? "answers, without the program's tables"
              : "answers, with tables of version " + current.getVersion());
    } catch (FlywayException e) {
      return new StoreCheck.Result(
          StoreCheck.State.UNAVAILABLE, "its tables cannot be read: " + reason(e));
    }
  }

  /**
   * Waits until no other instance is migrating, and keeps others from it until the connection is
   * closed. Flyway's own lock does not cover its first steps, so that one of two instances fails.
   */
  private void awaitOthers(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : database.kind().lockOfMigrations()) {
        statement.execute(sql);
      }
    }
  }

  private void migrate() {
    MigrateResult result = flyway.migrate();
    if (result.migrationsExecuted > 0) {
      log.info(
          "control database: tables are now of version {}, {} before",
          result.targetSchemaVersion,
          result.initialSchemaVersion == null ? "none" : result.initialSchemaVersion);
    }
  }

  private void rejectNewer() {
    MigrationInfo[] all = flyway.info().all();
    Optional<MigrationVersion> known = latest(all, false);
    latest(all, true)
        .ifPresent(
            newer -> {
              throw new NewerSchemaException(
                  "the control database's tables are of version "
                      + newer
                      + ", this program knows them up to version "
                      + known.map(MigrationVersion::getVersion).orElse("0")
                      + ": start the version of the program that has changed them, or a later one,"
                      + " or restore a backup of the database from before");
            });
  }

  /**
   * Forgets attempts that failed, which Flyway otherwise waits to be told of: scripts can be run
   * again.
   */
  private void repair() {
    boolean failed =
        Arrays.stream(flyway.info().all())
            .anyMatch(migration -> migration.getState() == MigrationState.FAILED);
    if (failed) {
      flyway.repair();
    }
  }

  private static Optional<MigrationVersion> latest(MigrationInfo[] all, boolean future) {
    return Arrays.stream(all)
        .filter(migration -> migration.getVersion() != null)
        .filter(
            migration ->
                future
                    == (migration.getState() == MigrationState.FUTURE_SUCCESS
                        || migration.getState() == MigrationState.FUTURE_FAILED))
        .map(MigrationInfo::getVersion)
        .max(Comparator.naturalOrder());
  }

  /** Flyway's own texts quote the user and the URL. */
  private static String reason(FlywayException error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException) {
        return SqlErrors.reason(cause);
      }
    }
    return error instanceof FlywayValidateException
        ? "other scripts than this program's have made them"
        : error.getClass().getSimpleName();
  }
}
