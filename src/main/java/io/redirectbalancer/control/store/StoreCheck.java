package io.redirectbalancer.control.store;

import io.redirectbalancer.config.DatabaseSettings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** Looks at a database without changing anything in it. */
public final class StoreCheck {
  private StoreCheck() {}

  /** What a start would find. */
  public enum State {
    /** It answers, with the tables that this program needs. */
    READY,
    /** It answers, or can be created; its tables are missing or older. */
    UNMIGRATED,
    /** Another process has opened its file. */
    BUSY,
    /** A later version of the program has changed its tables. */
    NEWER,
    UNAVAILABLE
  }

  /**
   * What was found.
   *
   * @param text in a few words, without secrets
   */
  public record Result(State state, String text) {}

  /** Connects and looks; takes some seconds at most. */
  public static Result of(DatabaseSettings settings) {
    Database database;
    try {
      database = Database.of(settings).readOnly();
    } catch (IllegalArgumentException e) {
      return new Result(State.UNAVAILABLE, String.valueOf(e.getMessage()));
    }
    // Says sooner and more clearly than Flyway that a database cannot be reached.
    try (Connection connection =
        DriverManager.getConnection(database.url(), database.user(), database.password())) {
      connection.setReadOnly(true);
      return new Migration(database).look();
    } catch (SQLException e) {
      if (SqlErrors.isMissingFile(e)) {
        return new Result(State.UNMIGRATED, "there is no such file yet");
      }
      return SqlErrors.isOpenElsewhere(e)
          ? new Result(State.BUSY, "another process has opened it, as a balancer that runs does")
          : new Result(State.UNAVAILABLE, SqlErrors.reason(e));
    }
  }
}
