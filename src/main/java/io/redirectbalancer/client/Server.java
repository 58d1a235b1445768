package io.redirectbalancer.client;

/**
 * What is known of a server from the attempts that it took, and how long it is left out for that.
 * Thread-safe.
 */
final class Server {
  private static final int MAX_MULTIPLE = 10;

  private final String address;
  private int failures;
  private int ejections;
  private volatile boolean ejected;
  private volatile long ejectedUntilNanos;

  Server(String address) {
    this.address = address;
  }

  /** Whether it is left out now. */
  boolean isEjected(long nowNanos) {
    return ejected && nowNanos - ejectedUntilNanos < 0;
  }

  /** It answered, be it with a refusal. */
  void succeeded() {
    if (failures > 0 || ejected) {
      forgive();
    }
  }

  /** It failed, or did not answer in time. */
  synchronized void failed(EjectionOptions options, long nowNanos) {
    if (isEjected(nowNanos)) {
      return; // A call that was under way by then says nothing new.
    }
    failures++;
    if (ejected || failures >= options.failures()) {
      ejections = Math.min(ejections + 1, MAX_MULTIPLE);
      ejectedUntilNanos = nowNanos + ejections * options.time().toNanos();
      ejected = true;
    }
  }

  private synchronized void forgive() {
    failures = 0;
    ejections = 0;
    ejected = false;
  }

  /** Its address, as {@code host:port}. */
  @Override
  public String toString() {
    return address;
  }
}
