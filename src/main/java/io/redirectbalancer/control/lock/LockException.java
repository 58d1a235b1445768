package io.redirectbalancer.control.lock;

import org.jspecify.annotations.Nullable;

/** Why a lock is not held. Its message is one short sentence without secrets. */
public final class LockException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean busy;

  private LockException(String message, boolean busy, @Nullable Throwable cause) {
    super(message, cause);
    this.busy = busy;
  }

  /** Others held the lock all the time. */
  public static LockException busy(String message) {
    return new LockException(message, true, null);
  }

  /** The lock service does not answer, or answers with an error. */
  public static LockException unavailable(String message, Throwable cause) {
    return new LockException(message, false, cause);
  }

  /** Whether others held the lock all the time; otherwise the lock service is at fault. */
  public boolean isBusy() {
    return busy;
  }
}
