package io.redirectbalancer.control.store;

import io.redirectbalancer.config.DatabaseSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The kind of database, and how its driver reaches it.
 *
 * @param url with the options that the store needs, unless the given one sets them itself
 * @param user empty for the driver's default
 * @param password a secret; empty for none
 */
record Database(Kind kind, String url, String user, String password) {
  /** What H2 and MariaDB do differently. */
  enum Kind {
    H2("h2database", "SET LOCK_TIMEOUT 3000"),
    /**
     * MariaDB and MySQL, which ignores the comment. A suspended process keeps the rows that its
     * transaction has locked: others wait for them 3 s, and after 5 s MariaDB ends it.
     */
    MARIADB(
        "mariadb",
        "SET SESSION innodb_lock_wait_timeout = 3 /*M!100300 , idle_transaction_timeout = 5 */");

    private static final int MIGRATION_WAIT_SECONDS = 50;

    private static final int LOCK_WAIT_MILLIS = 3000;

    /** Its name in traces. */
    final String system;

    /** What a new connection runs first. */
    final String greeting;

    Kind(String system, String greeting) {
      this.system = system;
      this.greeting = greeting;
    }

    /** Makes an answer that takes longer than this an error, which ends the connection. */
    void limit(Connection connection, int millis) throws SQLException {
      // H2 runs within this process and has no such limit.
      if (this == MARIADB) {
        connection.setNetworkTimeout(Runnable::run, millis);
      }
    }

    /** Takes a lock that ends with the connection; nothing if there is one process only. */
    List<String> lockOfMigrations() {
      // A server's locks are for all its databases.
      return this == H2
          ? List.of()
          : List.of(
              "DO GET_LOCK(CONCAT('control.', MD5(DATABASE())), " + MIGRATION_WAIT_SECONDS + ")");
    }

    /** What begins a transaction that waits for locks no longer than this. */
    List<String> begin(int millis) {
      return this == H2
          ? List.of("SET LOCK_TIMEOUT " + Math.max(1, Math.min(millis, LOCK_WAIT_MILLIS)), "BEGIN")
          : List.of("BEGIN");
    }
  }

  private static final Pattern H2 =
      Pattern.compile("jdbc:h2:(mem:|file:(?=[./~\\\\]|[A-Za-z]:)).+");
  private static final Pattern MARIADB = Pattern.compile("jdbc:(?:mariadb|mysql)(://.+)");
  private static final Pattern SCHEME = Pattern.compile("[a-z0-9]+(:[a-z0-9]+)*(?=:)");
  private static final String EXPECTED =
      "expected: jdbc:h2:file:./PATH, jdbc:mariadb://HOST:PORT/DATABASE or jdbc:mysql://…";

  static Database of(DatabaseSettings settings) {
    String url = settings.url().strip();
    String password = settings.password().orElse("");
    if (H2.matcher(url).matches()) {
      return new Database(Kind.H2, h2(url), settings.user().orElse("sa"), password);
    }
    Matcher maria = MARIADB.matcher(url);
    if (maria.matches()) {
      // Connector/J also takes jdbc:mysql:, if the URL has the option permitMysqlScheme.
      return new Database(
          Kind.MARIADB,
          mariaDb("jdbc:mariadb" + maria.group(1)),
          settings.user().orElse(""),
          password);
    }
    if (url.startsWith("jdbc:h2:file:")) {
      throw new IllegalArgumentException(
          "the path of an H2 database is relative without ./ (expected: jdbc:h2:file:./PATH or"
              + " jdbc:h2:file:/PATH)");
    }
    throw new IllegalArgumentException(
        scheme(url).orElse("a text that is no JDBC URL")
            + " is no database that is supported ("
            + EXPECTED
            + ")");
  }

  /** Returns the same for a look that creates and changes no file, and takes seconds at most. */
  Database readOnly() {
    String limited =
        kind == Kind.H2
            ? url + ";IFEXISTS=TRUE" + (url.startsWith("jdbc:h2:mem:") ? "" : ";ACCESS_MODE_DATA=r")
            : url.replace("socketTimeout=60000", "socketTimeout=3000");
    return new Database(kind, limited, user, password);
  }

  /** Leaves out everything that may be a secret. */
  @Override
  public String toString() {
    return kind.toString();
  }

  /** Only what is surely no part of a password. */
  private static Optional<String> scheme(String url) {
    Matcher scheme = SCHEME.matcher(url);
    boolean known = url.startsWith("jdbc:") || url.contains("://");
    return known && scheme.lookingAt() ? Optional.of(scheme.group() + ":…") : Optional.empty();
  }

  private static String h2(String url) {
    String options = url.toUpperCase(Locale.ROOT);
    StringBuilder complete = new StringBuilder(url);
    // For INSERT IGNORE and ON DUPLICATE KEY UPDATE.
    appendUnlessIn(options, complete, ";MODE=", "MySQL");
    // Closed by the store, after the last calls, not by a hook of its own as soon as the JVM ends.
    appendUnlessIn(options, complete, ";DB_CLOSE_ON_EXIT=", "FALSE");
    appendUnlessIn(options, complete, ";QUERY_CACHE_SIZE=", "64");
    // By default H2 acknowledges a change up to half a second before it is in the file.
    appendUnlessIn(options, complete, ";WRITE_DELAY=", "0");
    // Otherwise it writes every error to a file of its own, values included.
    appendUnlessIn(options, complete, ";TRACE_LEVEL_FILE=", "0");
    if (url.startsWith("jdbc:h2:mem:")) {
      appendUnlessIn(options, complete, ";DB_CLOSE_DELAY=", "-1");
    }
    return complete.toString();
  }

  private static String mariaDb(String url) {
    String options = url;
    StringBuilder complete = new StringBuilder(url).append(url.contains("?") ? "" : "?");
    // MySQL's caching_sha2_password without TLS asks the server for the key that encrypts the
    // password. Who can answer in
    // the server's place can read it; with sslMode=verify-full it is not asked for.
    appendUnlessIn(options, complete, "&allowPublicKeyRetrieval=", "true");
    appendUnlessIn(options, complete, "&connectTimeout=", "2000");
    // For migrations; all else has limits of its own.
    appendUnlessIn(options, complete, "&socketTimeout=", "60000");
    appendUnlessIn(options, complete, "&tcpKeepAlive=", "true");
    return complete.toString().replace("?&", "?");
  }

  private static void appendUnlessIn(
      String options, StringBuilder url, String option, String value) {
    if (!options.contains(option.substring(1))) {
      url.append(option).append(value);
    }
  }
}
