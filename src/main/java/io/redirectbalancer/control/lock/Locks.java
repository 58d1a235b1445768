package io.redirectbalancer.control.lock;

import java.time.Duration;

/**
 * Named locks that instances share. They order writers, first come, first served where the service
 * can; they do not make writes safe: a holder that is suspended beyond its lease loses the lock
 * without noticing, so whoever writes must compare versions as well.
 *
 * <p>Thread-safe.
 */
public interface Locks extends AutoCloseable {
  /**
   * Waits for the lock and takes it. It is renewed until it is closed.
   *
   * @param name such as {@code cdn/17}; at most 200 characters
   * @param patience how long to wait at most
   * @throws LockException if it could not be had in time, or if the lock service does not answer
   * @throws InterruptedException if the thread is interrupted; then the lock is not held
   */
  Lock acquire(String name, Duration patience) throws LockException, InterruptedException;

  /**
   * Checks that the lock service answers.
   *
   * @throws LockException if it does not within the limit
   */
  void check(Duration limit) throws LockException;

  /** Ends the renewals and connections. */
  @Override
  void close();

  /** A lock that is held. Thread-safe. */
  interface Lock extends AutoCloseable {
    /** Whether the lease, as far as this process knows, has not expired. */
    boolean isHeld();

    /** Releases the lock; if that fails, the lease expires. Never throws. */
    @Override
    void close();
  }
}
