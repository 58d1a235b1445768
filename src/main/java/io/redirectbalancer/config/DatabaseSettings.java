package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The control API's database.
 *
 * @param url a JDBC URL; it may contain a password
 * @param password a secret
 */
public record DatabaseSettings(String url, Optional<String> user, Optional<String> password) {
  private static final int MAX_USER_LENGTH = 128;
  private static final Pattern SUPPORTED = Pattern.compile("jdbc:(h2:.+|(mariadb|mysql)://.+)");

  /** Reads the database's variables; empty if there is no DATABASE_URL. */
  static Supplier<Optional<DatabaseSettings>> read(Environment environment) {
    var url = environment.readOptional(Variable.DATABASE_URL, DatabaseSettings::url);
    var user = environment.readOptional(Variable.DATABASE_USER, DatabaseSettings::user);
    var password = secret(environment, Variable.DATABASE_PASSWORD, Variable.DATABASE_PASSWORD_FILE);
    return () -> url.get().map(given -> new DatabaseSettings(given, user.get(), password.get()));
  }

  /**
   * Reads a secret that is given directly or in a file, whose last line break does not count.
   *
   * @return empty if neither is set
   */
  private static Setting<Optional<String>> secret(
      Environment environment, Variable direct, Variable file) {
    if (environment.isSet(direct) && environment.isSet(file)) {
      environment.addError(
          new ConfigurationError(direct + ", " + file, "both are set (expected: one of them)"));
    }
    return environment.isSet(file)
        ? environment.readOptional(file, DatabaseSettings::contentOf)
        : environment.readOptional(direct, text -> text);
  }

  /** Quotes nothing: a URL may contain a password. */
  private static String url(String text) {
    if (!SUPPORTED.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "no URL of a database that is supported (expected: jdbc:h2:file:./PATH,"
              + " jdbc:mariadb://HOST:PORT/DATABASE or jdbc:mysql://HOST:PORT/DATABASE)");
    }
    return text;
  }

  private static String user(String text) {
    if (text.length() > MAX_USER_LENGTH) {
      throw new IllegalArgumentException(
          Quote.line(text) + " (expected: at most " + MAX_USER_LENGTH + " characters)");
    }
    return text;
  }

  private static String contentOf(String path) {
    Optional<String> text;
    try {
      text = SecretFile.read(path);
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException("cannot be read (expected: a readable file)", e);
    }
    if (text.isEmpty() || text.get().isEmpty()) {
      throw new IllegalArgumentException(
          "a file of "
              + (text.isPresent()
                  ? "no characters"
                  : "more than " + SecretFile.MAX_BYTES + " bytes")
              + " (expected: the secret alone)");
    }
    return text.get();
  }

  /** Leaves out everything that may be a secret. */
  @Override
  public String toString() {
    return url.replaceFirst("[?;].*", "").replaceFirst("//[^/@]*@", "//");
  }
}
