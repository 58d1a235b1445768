package io.redirectbalancer.control.lock;

import io.redirectbalancer.control.lock.Locks.Lock;
import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A lock with a lease. Whether it is held is judged by this process's monotonic clock, from the
 * moment that the request was sent: the service's own lease starts later and ends later. A lease
 * that has expired once stays so, even if the service would still renew it.
 *
 * <p>Renewed every third of the lease; a renewal that fails is repeated every tenth, as is a
 * release.
 */
final class Lease implements Lock {
  /** How long a caller waits for the release; after that it is repeated in the background. */
  private static final Duration RELEASE_LIMIT = Duration.ofMillis(500);

  private enum State {
    NEW,
    HELD,
    LOST,
    CLOSED
  }

  private final String name;
  private final Holding holding;
  private final Renewals renewals;
  private final Duration length;

  private volatile State state = State.NEW; // Changed under this object's lock only.
  private volatile long expires;
  private @Nullable Future<?> next;

  Lease(String name, Holding holding, Renewals renewals) {
    this.name = name;
    this.holding = holding;
    this.renewals = renewals;
    length = renewals.lease();
  }

  /**
   * Starts the lease and its renewals.
   *
   * @param sent when the lock was asked for, by {@link System#nanoTime()}
   */
  synchronized void start(long sent) {
    expires = sent + length.toNanos();
    state = State.HELD;
    next = renewals.schedule(this::renew, length.dividedBy(3));
  }

  @Override
  public boolean isHeld() {
    return state == State.HELD && System.nanoTime() - expires < 0;
  }

  @Override
  public void close() {
    if (end()) {
      release(Limit.in(RELEASE_LIMIT));
    }
  }

  /** Releases in the background what may or may not have been taken. */
  void abandon() {
    if (end()) {
      releaseLater();
    }
  }

  private synchronized boolean end() {
    if (state == State.CLOSED) {
      return false;
    }
    if (state == State.NEW) {
      expires = System.nanoTime() + length.toNanos();
    }
    state = State.CLOSED;
    if (next != null) {
      next.cancel(false);
    }
    return true;
  }

  private void renew() {
    long sent = System.nanoTime();
    if (sent - expires >= 0) {
      lose("lock lost: its lease has expired");
      return;
    }
    try {
      if (!holding.renew(Limit.in(length.dividedBy(3)))) {
        lose("lock lost: the lock service no longer knows it");
      } else if (System.nanoTime() - expires >= 0) {
        lose("lock lost: its renewal came too late");
      } else {
        expires = sent + length.toNanos();
        renewIn(length.dividedBy(3));
      }
    } catch (LockException e) {
      renewals.warn("lock not renewed; next attempt follows", name, e.getMessage());
      renewIn(length.dividedBy(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // The renewals are being closed.
    }
  }

  private synchronized void renewIn(Duration delay) {
    if (state == State.HELD) {
      next = renewals.schedule(this::renew, delay);
    }
  }

  private synchronized void lose(String message) {
    if (state == State.HELD) {
      state = State.LOST;
      renewals.warn(message, name, null);
    }
  }

  private void release(Limit limit) {
    try {
      holding.release(limit, this::releaseLater);
    } catch (LockException e) {
      releaseLater();
    } catch (InterruptedException e) {
      releaseLater();
      Thread.currentThread().interrupt();
    }
  }

  private void releaseLater() {
    if (System.nanoTime() - expires < 0) {
      var unused = renewals.schedule(() -> release(Limit.in(RELEASE_LIMIT)), length.dividedBy(10));
    }
  }
}
