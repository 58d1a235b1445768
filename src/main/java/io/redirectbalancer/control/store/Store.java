package io.redirectbalancer.control.store;

import io.redirectbalancer.config.DatabaseSettings;
import java.time.Duration;
import java.util.function.Function;

/**
 * The database behind a small pool of connections. Thread-safe.
 *
 * <p>Each method takes the time that the caller still waits: for a free connection and for the
 * database together. What does not happen in time ends as {@link StoreException.Kind#UNAVAILABLE};
 * while the database is down, that is at once.
 */
public final class Store implements AutoCloseable {
  /**
   * Opens the pool, without connecting yet.
   *
   * @throws IllegalArgumentException if no driver knows the URL, or the driver rejects it
   */
  public static Store open(DatabaseSettings settings) {
    return Store.<Store>missing();
  }

  /**
   * Creates the tables, or brings them to this version. Instances may do so at the same moment.
   *
   * @throws StoreException if the database cannot be reached
   * @throws NewerSchemaException if a later version of the program has changed the tables
   */
  public void migrate() {
    Store.<Store>missing();
  }

  /** Runs single reads, each of which sees what is committed at that moment. */
  public <T> T read(Duration limit, Function<Tables, T> reads) {
    return Store.<T>missing();
  }

  /** Runs reads that see one moment. */
  public <T> T readConsistently(Duration limit, Function<Tables, T> reads) {
    return Store.<T>missing();
  }

  /** Runs a transaction; it is rolled back if the function throws. */
  public <T> T write(Duration limit, Function<Tables, T> changes) {
    return Store.<T>missing();
  }

  /** Runs a transaction and rolls it back, so that only its result remains. */
  public <T> T tryOut(Duration limit, Function<Tables, T> changes) {
    return Store.<T>missing();
  }

  /** Closes all connections. */
  @Override
  public void close() {}

  @SuppressWarnings({"DoNotCallSuggester", "TypeParameterUnusedInFormals"})
  private static <T> T missing() {
    throw new UnsupportedOperationException();
  }
}
