package io.redirectbalancer.client.internal;

import io.redirectbalancer.client.EjectionOptions;

/**
 * What is known of a backend from the attempts that it took: whether it is ejected, which it is for
 * a while after so many failures in a row, or suspect, which it is from when it has been silent
 * until anything comes from it. Thread-safe.
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

  /** Whether there is anything to forgive; spares an answer the lock. */
  private volatile boolean blemished;

  Backend(String address) {
    this.address = address;
  }

  /** Whether calls should rather go elsewhere. */
  boolean isUnfit(long nowNanos) {
    return suspect || isEjected(nowNanos);
  }

  /** Whether it is left out now. */
  boolean isEjected(long nowNanos) {
    return ejected && nowNanos - ejectedUntilNanos < 0;
  }

  /** It answered a call, if only to reject it. */
  void succeeded() {
    heard();
    if (blemished) {
      forgive();
    }
  }

  /** Something came from it, so that it is alive, which does not undo its failures. */
  void heard() {
    silence.end();
    if (suspect) {
      suspect = false;
    }
  }

  /** It failed, or did not answer in time. */
  synchronized void failed(EjectionOptions options, long nowNanos) {
    if (isEjected(nowNanos)) {
      return; // A call that was under way by then says nothing new.
    }
    blemished = true;
    failures++;
    if (ejected || failures >= options.failures()) {
      ejections = Math.min(ejections + 1, MAX_MULTIPLE);
      ejectedUntilNanos = nowNanos + ejections * options.time().toNanos();
      ejected = true;
    }
  }

  /** An attempt had no answer for so long; returns how long there has been none from it at all. */
  long unanswered(long waitedNanos, long nowNanos) {
    return silence.add(waitedNanos, nowNanos);
  }

  /** Suspects it; returns false if it is suspect already. */
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

  /** Its address, as {@code host:port}. */
  @Override
  public String toString() {
    return address;
  }
}
