package io.redirectbalancer.control.lock;

/** What a lock service can do for one holder of one lock. Thread-safe. */
interface Holding {
  /**
   * Starts the lease anew.
   *
   * @return false if the holder no longer has the lock
   * @throws LockException if the service does not answer within the limit
   */
  boolean renew(Limit limit) throws LockException, InterruptedException;

  /**
   * Releases the lock if the holder still has it; changes nothing otherwise. May return before it
   * has happened.
   *
   * @param failed to be run if it fails later
   * @throws LockException if the service does not answer within the limit
   */
  void release(Limit limit, Runnable failed) throws LockException, InterruptedException;
}
