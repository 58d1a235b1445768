package io.redirectbalancer.control.store;

import org.jspecify.annotations.Nullable;

/** Why the database did not do what was asked. Its message is one sentence without secrets. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

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
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
