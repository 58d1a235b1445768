package io.redirectbalancer.http2;

import io.redirectbalancer.transport.OncePerSecond;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an event loop has more to do than it can. In each turn a loop reads from all connections
 * that have sent something, and what arrives meanwhile waits for the next turn: so a turn's length
 * is what a read waits. Turns that stay long, and do not become shorter, are an overload: calls
 * come faster than they are answered. (A stall is none. The turn after it is long, the next one is
 * shorter.)
 *
 * <p>In an overload each turn takes calls for a fixed time, at least a few, and rejects the others,
 * which costs next to nothing: the loop keeps answering as many calls as it can, and those that it
 * takes do not wait long. Connections that ask for much less than the others are exempt. It ends
 * when hardly any call has been rejected for some time.
 *
 * <p>One per event loop, used only there.
 */
final class LoopLoad implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(LoopLoad.class);
  private static final OncePerSecond OVERLOADS = new OncePerSecond();

  static final long LONG_TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** How long turns have to be long. */
  static final long ENTRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** What a turn may take in an overload. */
  static final long TURN_NANOS = TimeUnit.MICROSECONDS.toNanos(1_500);

  /**
   * What a turn takes in any case; with fewer calls it may be long, but is no overload: the thread
   * does not get its core, or there is other work.
   */
  static final int TURN_CALLS = 8;

  static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** An overload ends when less than this part of the calls is rejected. */
  private static final int ONE_IN = 20;

  private final Executor loop;
  private final LongSupplier nanoTime;

  private boolean inTurn;
  private long turnStart;
  private int turnCalls;

  private boolean isLong;
  private long longSince;
  private long lengthThen;

  private boolean overloaded;
  private long windowStart;
  private int window;
  private int calls;
  private int rejected;
  private int callers;
  private int callsOfEachBefore;

  LoopLoad(Executor loop, LongSupplier nanoTime) {
    this.loop = loop;
    this.nanoTime = nanoTime;
  }

  /** A read begins. */
  void read(long now) {
    if (!inTurn) {
      inTurn = true;
      turnStart = now;
      turnCalls = 0;
      // Tasks run when everything that was ready has been read.
      loop.execute(this);
    }
  }

  boolean isOverloaded() {
    return overloaded;
  }

  /** Returns whether a call is to be rejected. */
  boolean rejects(Share share) {
    turnCalls++;
    return overloaded && rejectsNow(share);
  }

  private boolean rejectsNow(Share share) {
    if (share.window != window) {
      share.callsBefore = share.window == window - 1 ? share.calls : 0;
      share.calls = 0;
      share.window = window;
      callers++;
    }
    calls++;
    share.calls++;
    boolean exempt = 2 * Math.max(share.calls, share.callsBefore) <= callsOfEachBefore;
    if (exempt || turnCalls <= TURN_CALLS || nanoTime.getAsLong() - turnStart <= TURN_NANOS) {
      return false;
    }
    rejected++;
    return true;
  }

  /** A turn has ended. */
  @Override
  public void run() {
    inTurn = false;
    long now = nanoTime.getAsLong();
    if (overloaded) {
      if (now - windowStart >= WINDOW_NANOS) {
        nextWindow(now);
      }
      return;
    }
    long length = now - turnStart;
    if (length < LONG_TURN_NANOS || turnCalls <= TURN_CALLS) {
      isLong = false;
    } else if (!isLong || (now - longSince >= ENTRY_NANOS && length < lengthThen)) {
      isLong = true;
      longSince = turnStart;
      lengthThen = length;
    } else if (now - longSince >= ENTRY_NANOS) {
      begin(now);
    }
  }

  private void begin(long now) {
    overloaded = true;
    isLong = false;
    calls = 0;
    rejected = 0;
    callers = 0;
    callsOfEachBefore = 0;
    windowStart = now;
    window += 2;
    if (OVERLOADS.passes()) {
      log.warn("overloaded: calls are rejected");
    }
  }

  private void nextWindow(long now) {
    overloaded = rejected > calls / ONE_IN;
    callsOfEachBefore = callers == 0 ? 0 : calls / callers;
    calls = 0;
    rejected = 0;
    callers = 0;
    windowStart = now;
    window++;
  }

  /** What a connection has asked for in an overload. */
  static final class Share {
    private int window;
    private int calls;
    private int callsBefore;
  }
}
