package io.redirectbalancer.http2;

import io.redirectbalancer.transport.LogLimit;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an event loop has more to do than it can. In each turn a loop reads from all connections
 * that have sent something, and what arrives meanwhile waits for the next turn: so a turn's length
 * is what a read waits. Turns that are long, have more calls than one connection may make at once,
 * and get more of them, are an overload: calls come faster than they are answered. (Clients that
 * wait for their answers make no more calls while turns are long. After a stall, or with a core
 * that others take, turns are long, but do not get more calls.)
 *
 * <p>In an overload each turn takes calls for a fixed time, at least a few, and rejects the others,
 * which costs next to nothing: the loop keeps answering as many calls as it can, and those that it
 * takes do not wait long. Connections that ask for much less than the others are exempt. It ends
 * when hardly any call has been rejected for some time, and after half a minute to see whether it
 * begins again: clients that call again as soon as they are rejected look like an overload.
 *
 * <p>Only calls that cost their handler much are rejected. To read and reject a call takes as long
 * as to answer one that costs nothing, so that rejecting would only lose it. Connections with more
 * of these, or of anything else, than their share of a turn go on in the next one, after the
 * others.
 *
 * <p>One per event loop, used only there.
 */
final class LoopLoad implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(LoopLoad.class);
  private static final LogLimit OVERLOADS = new LogLimit();

  /** A thousand clients that wait for their answers make no longer ones, even of a cold server. */
  static final long LONG_TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** The calls of a turn have to grow by this factor. */
  private static final int GROWTH = 2;

  /** How long turns have to be long. */
  static final long ENTRY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** What a turn may take in an overload. */
  static final long TURN_NANOS = TimeUnit.MICROSECONDS.toNanos(1_200);

  /** Turns that are as long as this are an overload even if they do not get more calls. */
  static final long VERY_LONG_TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** Longer than what a stall of a second leaves behind. */
  private static final long LONGEST_TURN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int CALLS_BETWEEN_LOOKS = 64;

  /** What a turn takes in any case. */
  static final int TURN_CALLS = 8;

  /** Some times what it takes to reject a call. */
  static final long CHEAP_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

  /** Longer turns make each connection's share smaller, shorter ones larger. */
  static final long FAIR_TURN_NANOS = TimeUnit.MICROSECONDS.toNanos(1_500);

  /** Some ten calls. */
  static final long LEAST_SHARE_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

  static final long LARGEST_SHARE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** An overload ends when less than this part of the calls is rejected. */
  private static final int ONE_IN = 20;

  private final Executor loop;
  private final int usualCalls;
  private final LongSupplier nanoTime;

  private boolean inTurn;
  private long turnStart;
  private int turnCalls;

  private long readStart;
  private int readStartCalls;
  private long share = LARGEST_SHARE_NANOS;

  /** How long the handler took of late. */
  private long sampledNanos;

  private boolean isLong;
  private long longSince;
  private int callsThen;

  private long handledNanos;
  private int handledCalls;

  private boolean overloaded;
  private long overloadStart;
  private long windowStart;
  private int window;
  private int calls;
  private int rejected;
  private int callers;
  private int callsOfEachBefore;

  /**
   * @param usualCalls what one connection may have at once
   */
  LoopLoad(Executor loop, int usualCalls, LongSupplier nanoTime) {
    this.loop = loop;
    this.usualCalls = usualCalls;
    this.nanoTime = nanoTime;
  }

  /** A connection begins to read; returns the time. */
  long read() {
    long now = nanoTime.getAsLong();
    readStart = now;
    if (!inTurn) {
      inTurn = true;
      turnStart = now;
      turnCalls = 0;
      // Tasks run when everything that was ready has been read.
      loop.execute(this);
    }
    readStartCalls = turnCalls;
    return now;
  }

  /** Whether the connection that reads has had its share of the turn. */
  boolean hasHadItsShare() {
    return sampledNanos < CHEAP_NANOS && nanoTime.getAsLong() - readStart > share;
  }

  boolean isOverloaded() {
    return overloaded;
  }

  /** Returns whether a call is to be rejected. */
  boolean rejects(Share share) {
    turnCalls++;
    if (!overloaded && turnCalls > usualCalls && turnCalls % CALLS_BETWEEN_LOOKS == 0) {
      lookWithinTurn(nanoTime.getAsLong());
    }
    return overloaded && rejectsNow(share);
  }

  /** A turn's end may be seconds away, since it takes what arrives meanwhile. */
  private void lookWithinTurn(long now) {
    if (now - turnStart >= LONGEST_TURN_NANOS) {
      begin(now);
    } else if (isLong && turnCalls >= GROWTH * callsThen) {
      beginIfLong(now);
    }
  }

  private void beginIfLong(long now) {
    if (now - longSince >= ENTRY_NANOS) {
      begin(now);
    }
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

  /**
   * A handler begins with a call.
   *
   * @return what {@link #handled} is to be given; 0 while nobody wants to know
   */
  long handles() {
    return overloaded || isLong || turnCalls > usualCalls || turnCalls == readStartCalls + 1
        ? nanoTime.getAsLong()
        : 0;
  }

  /** It has returned. */
  void handled(long since) {
    if (since != 0) {
      sampledNanos = nanoTime.getAsLong() - since;
      handledNanos += sampledNanos;
      handledCalls++;
    }
  }

  private boolean costsMuch() {
    return handledNanos >= handledCalls * CHEAP_NANOS;
  }

  /** A turn has ended. */
  @Override
  public void run() {
    inTurn = false;
    long now = nanoTime.getAsLong();
    long length = now - turnStart;
    share =
        length > FAIR_TURN_NANOS
            ? Math.max(share / 2, LEAST_SHARE_NANOS)
            : Math.min(share + share / 8, LARGEST_SHARE_NANOS);
    if (overloaded) {
      if (now - windowStart >= WINDOW_NANOS) {
        nextWindow(now);
      }
      return;
    }
    if (length < LONG_TURN_NANOS || turnCalls <= usualCalls) {
      isLong = false;
      handledNanos = 0;
      handledCalls = 0;
    } else if (!isLong || turnCalls < callsThen) {
      isLong = true;
      longSince = turnStart;
      callsThen = turnCalls;
    } else if (turnCalls >= GROWTH * callsThen || length >= VERY_LONG_TURN_NANOS) {
      beginIfLong(now);
    }
  }

  private void begin(long now) {
    isLong = false;
    overloaded = handledCalls > 0 && costsMuch();
    handledNanos = 0;
    handledCalls = 0;
    if (!overloaded) {
      return;
    }
    calls = 0;
    rejected = 0;
    callers = 0;
    callsOfEachBefore = 0;
    overloadStart = now;
    windowStart = now;
    window += 2;
    if (OVERLOADS.passes()) {
      log.warn("overloaded: calls are rejected");
    }
  }

  private void nextWindow(long now) {
    overloaded = rejected > calls / ONE_IN && costsMuch() && now - overloadStart < MAX_NANOS;
    handledNanos = 0;
    handledCalls = 0;
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
