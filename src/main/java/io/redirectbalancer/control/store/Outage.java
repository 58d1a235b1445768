package io.redirectbalancer.control.store;

import io.redirectbalancer.control.store.StoreException.Kind;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers that the database is down, so that callers need not each find out: until it answers
 * again, one caller at a time tries it, and the others fail at once. Thread-safe.
 */
final class Outage {
  private static final Logger log = LoggerFactory.getLogger(Outage.class);

  /** How long a failed connection keeps everyone from trying again. */
  static final long MEMORY_NANOS = Duration.ofSeconds(1).toNanos();

  private final LongSupplier nanoTime;

  /** Why the database is down; null while it is up. */
  private volatile @Nullable String reason;

  // These two are guarded by this.
  private long retryAtNanos;
  private boolean probing;

  private volatile long lastAnswerNanos;

  Outage(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    lastAnswerNanos = nanoTime.getAsLong();
  }

  /** Whether the database has answered anyone since then. */
  boolean hasAnsweredSince(long nanos) {
    return lastAnswerNanos - nanos >= 0;
  }

  /**
   * Lets a caller through while the database is up, or if it is its turn to try whether it is.
   *
   * @return whether it is the one that tries; then it must call {@link #endProbe} afterwards
   * @throws StoreException for all others
   */
  boolean enter() {
    if (reason == null) {
      return false;
    }
    synchronized (this) {
      String down = reason;
      if (down == null) {
        return false;
      }
      if (probing || nanoTime.getAsLong() - retryAtNanos < 0) {
        throw unavailable(down);
      }
      probing = true;
      return true;
    }
  }

  /** Throws if the database is down. */
  void check() {
    String down = reason;
    if (down != null) {
      throw unavailable(down);
    }
  }

  /** The database has answered. */
  void up() {
    lastAnswerNanos = nanoTime.getAsLong();
    if (reason != null) {
      synchronized (this) {
        if (reason != null) {
          log.info("control database: answers again");
        }
        reason = null;
        probing = false;
      }
    }
  }

  /** No connection could be made. */
  synchronized StoreException refused(String why) {
    return down(why, MEMORY_NANOS);
  }

  /**
   * An answer failed to come; that may be due to one connection alone, so it is tried again at
   * once.
   */
  synchronized StoreException silent(String why) {
    return down(why, 0);
  }

  /** The caller that tried is done, whatever it has learned: now somebody else may try. */
  synchronized void endProbe() {
    probing = false;
  }

  /** Called with the lock held. */
  private StoreException down(String why, long memoryNanos) {
    if (reason == null) {
      log.warn("control database: {}; calls that need it fail until it answers", why);
    }
    reason = why;
    probing = false;
    retryAtNanos = nanoTime.getAsLong() + memoryNanos;
    return unavailable(why);
  }

  private static StoreException unavailable(String why) {
    return new StoreException(Kind.UNAVAILABLE, "database: " + why);
  }
}
