package io.redirectbalancer.control.store;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why the database did not do what was asked. Its message is one sentence without secrets. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;
  private final @Nullable String field;

  /** What went wrong. */
  public enum Kind {
    /** No such row. */
    NOT_FOUND,
    /** Another row has the same unique value. */
    DUPLICATE,
    /** The row has changed since the version that was named, or its lock was not had in time. */
    CHANGED,
    /** The database does not answer, or not in time; the change may or may not have happened. */
    UNAVAILABLE
  }

  public StoreException(Kind kind, String message) {
    this(kind, message, null);
  }

  public StoreException(Kind kind, String message, @Nullable Throwable cause) {
    this(kind, null, message, cause);
  }

  private StoreException(
      Kind kind, @Nullable String field, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.field = field;
  }

  static StoreException duplicate(String field, Throwable cause) {
    return new StoreException(Kind.DUPLICATE, field, field + ": already taken", cause);
  }

  public Kind kind() {
    return kind;
  }

  /**
   * The field that is a {@link Kind#DUPLICATE}: {@code email}, {@code name}, {@code request_id}.
   */
  public Optional<String> field() {
    return Optional.ofNullable(field);
  }
}
