package io.redirectbalancer.control.store;

import io.redirectbalancer.control.store.StoreException.Kind;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the drivers' exceptions mean. No text of theirs is passed on: it quotes values. */
final class SqlErrors {
  // MariaDB, https://mariadb.com/kb/en/mariadb-error-codes/
  private static final int DUPLICATE_ENTRY = 1062;
  private static final int ACCESS_DENIED = 1045;
  private static final int UNKNOWN_DATABASE = 1049;
  private static final int NO_RIGHT_TO_DATABASE = 1044;
  private static final int TOO_MANY_CONNECTIONS = 1040;

  /** Record changed since last read (snapshot isolation), lock wait time-out, deadlock. */
  private static final Set<Integer> MARIADB_CHANGED = Set.of(1020, 1205, 1213);

  // H2, https://h2database.com/javadoc/org/h2/api/ErrorCode.html
  private static final int H2_DUPLICATE_KEY = 23505;
  private static final int H2_WRONG_PASSWORD = 28000;
  private static final int H2_ALREADY_OPEN = 90020;
  private static final int H2_NO_SUCH_FILE = 90146;
  private static final int H2_IO = 90028;
  private static final int H2_IO_WITH_REASON = 90031;
  private static final int H2_CANNOT_CREATE_FILE = 90062;

  /** Deadlock, lock time-out, concurrent update. */
  private static final Set<Integer> H2_CHANGED = Set.of(40001, 50200, 90131);

  /** The end of MariaDB's message, or the start of H2's: neither can be a value that was given. */
  private static final List<Pattern> CONSTRAINT =
      List.of(
          Pattern.compile("for key '(?:[^'.]*\\.)?(\\w+)'$"),
          Pattern.compile("^[^\"]*\"\\w+\\.(\\w+) "));

  private static final Map<String, String> FIELDS =
      Map.of(
          "control_users_email", "email",
          "control_cdns_name", "name",
          "control_changes_request", "request_id");

  private SqlErrors() {}

  static StoreException translate(SQLException error) {
    int code = error.getErrorCode();
    if (code == DUPLICATE_ENTRY || code == H2_DUPLICATE_KEY) {
      return duplicate(error);
    }
    if (MARIADB_CHANGED.contains(code) || H2_CHANGED.contains(code)) {
      return new StoreException(
          Kind.CHANGED, "another transaction is changing the same rows; try again", error);
    }
    String state = state(error);
    if (state.startsWith("22")) {
      throw new IllegalArgumentException("a value does not fit its column", error);
    }
    return new StoreException(Kind.UNAVAILABLE, "database: " + reason(error), error);
  }

  /** Whether the file of an H2 database does not exist. */
  static boolean isMissingFile(SQLException error) {
    return error.getErrorCode() == H2_NO_SUCH_FILE;
  }

  /** Whether another process has opened the file of an H2 database. */
  static boolean isOpenElsewhere(SQLException error) {
    return error.getErrorCode() == H2_ALREADY_OPEN;
  }

  /** Whether the connection, or the server, is gone. */
  static boolean isConnectionLost(SQLException error) {
    return state(error).startsWith("08") || isTimeout(error);
  }

  /** Whether the answer took longer than {@link Database.Kind#limit}. */
  static boolean isTimeout(SQLException error) {
    return error instanceof SQLTimeoutException || hasCause(error, SocketTimeoutException.class);
  }

  /** A few words without secrets. */
  static String reason(Throwable error) {
    if (hasCause(error, SocketTimeoutException.class) || error instanceof SQLTimeoutException) {
      return "no answer in time";
    }
    if (hasCause(error, UnknownHostException.class)) {
      return "unknown host";
    }
    if (error instanceof SQLException sql) {
      Optional<String> known =
          switch (sql.getErrorCode()) {
            case ACCESS_DENIED, H2_WRONG_PASSWORD -> Optional.of("wrong user or password");
            case UNKNOWN_DATABASE -> Optional.of("no such database");
            case NO_RIGHT_TO_DATABASE -> Optional.of("the user may not use this database");
            case TOO_MANY_CONNECTIONS -> Optional.of("the server has too many connections");
            case H2_ALREADY_OPEN ->
                Optional.of(
                    "another process has opened the file; several processes need MariaDB or MySQL");
            case H2_IO, H2_IO_WITH_REASON, H2_CANNOT_CREATE_FILE ->
                Optional.of("the file cannot be opened or written");
            default -> Optional.empty();
          };
      if (known.isPresent()) {
        return known.get();
      }
    }
    if (hasCause(error, ConnectException.class)) {
      return "connection refused";
    }
    if (error instanceof SQLException sql) {
      return state(sql).startsWith("08")
          ? "connection lost"
          : "error " + sql.getErrorCode() + " (" + state(sql) + ")";
    }
    return error.getClass().getSimpleName();
  }

  private static StoreException duplicate(SQLException error) {
    String message = error.getMessage() == null ? "" : error.getMessage();
    for (Pattern pattern : CONSTRAINT) {
      Matcher matcher = pattern.matcher(message);
      if (matcher.find()) {
        String field = FIELDS.get(matcher.group(1).toLowerCase(Locale.ROOT));
        if (field != null) {
          return StoreException.duplicate(field, error);
        }
      }
    }
    return new StoreException(Kind.DUPLICATE, "there is such a row already", error);
  }

  private static String state(SQLException error) {
    return error.getSQLState() == null ? "" : error.getSQLState();
  }

  private static boolean hasCause(@Nullable Throwable error, Class<? extends Throwable> type) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }
}
