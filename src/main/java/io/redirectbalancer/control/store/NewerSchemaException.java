package io.redirectbalancer.control.store;

/** The database was made by a later version of this program. */
public final class NewerSchemaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NewerSchemaException(String message) {
    super(message);
  }
}
