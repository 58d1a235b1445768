package io.redirectbalancer.http2;

import io.grpc.netty.shaded.io.netty.util.concurrent.Future;
import io.redirectbalancer.transport.CloseReason;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The times of a connection's life: handshake, keep-alive (RFC 9113, section 6.7), idleness, age
 * and the end of a graceful close. One timer, set for whichever is due next.
 *
 * <p>Used only on the connection's event loop.
 */
final class Lifetime implements Runnable {
  private static final int JITTER_PERCENT = 10;
  private static final int MAX_EARLY_PINGS = 2;

  /** For a client that does not read the last bytes. */
  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final Connection connection;
  private final ServerOptions.Timing timing;

  private @Nullable Future<?> timer;
  private boolean established;
  private long handshakeEndNanos;
  private long ageEndNanos;
  private boolean closes;
  private long closeNanos;
  private long idleNanos;
  private long readNanos;
  private boolean pinged;
  private long pingNanos;

  private long beginNanos;
  private long clientsPingNanos;
  private int earlyPings;

  Lifetime(Connection connection, ServerOptions.Timing timing) {
    this.connection = connection;
    this.timing = timing;
  }

  void start() {
    beginNanos = System.nanoTime();
    clientsPingNanos = beginNanos;
    handshakeEndNanos = beginNanos + timing.handshake().toNanos();
    setTimer(timing.handshake().toNanos());
  }

  void established(long now) {
    established = true;
    idleNanos = now;
    ageEndNanos = now + jittered(timing.maxAge().toNanos());
    run();
  }

  void read(long now) {
    readNanos = now;
    pinged = false;
  }

  void idleSince(long now) {
    idleNanos = now;
  }

  void draining() {
    closeWithin(timing.grace());
  }

  void closing() {
    closeWithin(CLOSING);
  }

  void end() {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  /** After an answer a client's pings are counted anew. */
  void answered() {
    clientsPingNanos = beginNanos;
    earlyPings = 0;
  }

  boolean mayPing(long now) {
    if (now - clientsPingNanos >= timing.minPing().toNanos()) {
      clientsPingNanos = now;
      return true;
    }
    return ++earlyPings <= MAX_EARLY_PINGS;
  }

  @Override
  public void run() {
    long now = System.nanoTime();
    if (closes) {
      if (now - closeNanos >= 0) {
        closes = false;
        connection.abort();
        connection.closeNow();
      } else {
        setTimer(closeNanos - now);
      }
      return;
    }
    if (!established) {
      if (now - handshakeEndNanos >= 0) {
        connection.closeNow(CloseReason.HANDSHAKE_TIMEOUT);
      } else {
        setTimer(handshakeEndNanos - now);
      }
      return;
    }
    long idleFor = connection.hasNoStreams() ? now - idleNanos : 0;
    if (idleFor >= timing.maxIdle().toNanos()) {
      connection.drain("max_idle");
    } else if (hasMaxAge() && now - ageEndNanos >= 0) {
      connection.drain("max_age");
    } else {
      keepAlive(now, timing.maxIdle().toNanos() - idleFor);
    }
  }

  private void keepAlive(long now, long nanosToNext) {
    long next = hasMaxAge() ? Math.min(nanosToNext, ageEndNanos - now) : nanosToNext;
    long silent = now - readNanos;
    if (!pinged && silent >= timing.keepAlive().toNanos()) {
      pinged = true;
      pingNanos = now;
      connection.ping();
    }
    if (!pinged) {
      setTimer(Math.min(next, timing.keepAlive().toNanos() - silent));
    } else if (now - pingNanos >= timing.keepAliveTimeout().toNanos()) {
      connection.closeNow(CloseReason.KEEP_ALIVE_TIMEOUT);
    } else {
      setTimer(Math.min(next, timing.keepAliveTimeout().toNanos() - (now - pingNanos)));
    }
  }

  private void closeWithin(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    if (!closes || end - closeNanos < 0) {
      closes = true;
      closeNanos = end;
      setTimer(time.toNanos());
    }
  }

  private boolean hasMaxAge() {
    return !timing.maxAge().isZero();
  }

  private void setTimer(long nanos) {
    end();
    timer = connection.schedule(this, Math.max(nanos, 0));
  }

  private static long jittered(long nanos) {
    long most = nanos / 100 * JITTER_PERCENT;
    return nanos + (most == 0 ? 0 : ThreadLocalRandom.current().nextLong(-most, most + 1));
  }
}
