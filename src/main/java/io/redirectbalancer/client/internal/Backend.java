package io.redirectbalancer.client.internal;

import io.redirectbalancer.client.EjectionOptions;

/**
 * A backend's state, derived from its attempts. It is ejected for a while after a number of
 * failures in a row, and suspect after a silence, until anything comes from it. Thread-safe.
 */
final class Backend {
  private static final int MAX_MULTIPLE = 10;

  private final String address;
  private final Silence silence = new Silence();
  private int failures;
  private int ejections;
  private volatile boolean ejected;
  private volatile long ejectedUntilNanos;
  private volatile boolean suspect;

  /** Whether there are failures to reset; saves an answer the lock. */
  private volatile boolean blemished;

  Backend(String address) {
    this.address = address;
  }

  /** Whether calls should go elsewhere if possible. */
  boolean isUnfit(long nowNanos) {
    return suspect || isEjected(nowNanos);
  }

  /** Whether it is ejected now. */
  boolean isEjected(long nowNanos) {
    return ejected && nowNanos - ejectedUntilNanos < 0;
  }

  /** Notes that it answered a call, even if only to reject it. */
  void succeeded() {
    heard();
    if (blemished) {
      forgive();
    }
  }

  /** Notes that something came from it: it is alive, but its failures remain. */
  void heard() {
    silence.end();
    if (suspect) {
      suspect = false;
    }
  }

  /** Notes that it failed or did not answer in time; returns whether this ejects it. */
  synchronized boolean failed(EjectionOptions options, long nowNanos) {
    if (isEjected(nowNanos)) {
      return false; // A call that began before the ejection says nothing new.
    }
    blemished = true;
    failures++;
    if (ejected || failures >= options.failures()) {
      ejections = Math.min(ejections + 1, MAX_MULTIPLE);
      ejectedUntilNanos = nowNanos + ejections * options.time().toNanos();
      ejected = true;
      return true;
    }
    return false;
  }

  /**
   * Notes how long an attempt went unanswered; returns how long it has not answered any attempt.
   */
  long unanswered(long waitedNanos, long nowNanos) {
    return silence.add(waitedNanos, nowNanos);
  }

  /** Marks it as suspect; returns false if it already is. */
  synchronized boolean suspect() {
    boolean news = !suspect;
    suspect = true;
    return news;
  }

  private synchronized void forgive() {
    blemished = false;
    failures = 0;
    ejections = 0;
    ejected = false;
  }

  /** Returns its address, as {@code host:port}. */
  @Override
  public String toString() {
    return address;
  }
}
