package io.redirectbalancer.client;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps calls from a target that fails, after Nygard's pattern (Release It!, 2nd edition, chapter
 * 5), by counts in a row:
 *
 * <ul>
 *   <li>closed: calls pass. So many failures in a row open it; a success, or a while without a
 *       failure, resets the count to zero.
 *   <li>open: calls are refused, for a while; then it is half-open.
 *   <li>half-open: as many calls at a time pass as it takes successes in a row to close it. One
 *       failure opens it again.
 * </ul>
 *
 * <p>What counts is a call with its retries. A call's outcome counts only in the state in which it
 * began: what was begun before the breaker opened says nothing about the time after. Thread-safe.
 */
public final class CircuitBreaker {
  /** Whether calls pass. */
  public enum State {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  /**
   * A change of state, as subscribers see it.
   *
   * @param breaker its name
   * @param failures the failures in a row that led to it; 0 where none did
   */
  public record Transition(String breaker, State from, State to, int failures) {}

  private static final Logger log = LoggerFactory.getLogger(CircuitBreaker.class);

  private final String name;
  private final int failuresToOpen;
  private final long openNanos;
  private final int successesToClose;
  private final long memoryNanos;
  private final LongSupplier nanoTime;
  private final Runnable trial;
  private final List<Consumer<Transition>> subscribers = new CopyOnWriteArrayList<>();

  private State state = State.CLOSED;

  /** Counts the states entered, so that an outcome finds out whether its own is over. */
  private long epoch;

  private int failures;
  private int successes;
  private int trials;
  private long lastFailureNanos;
  private long openedNanos;

  /**
   * @param trial prepares the target for calls that are to show whether it works again
   */
  CircuitBreaker(String name, BreakerOptions options, LongSupplier nanoTime, Runnable trial) {
    this.name = name;
    this.failuresToOpen = options.failures();
    this.openNanos = options.openTime().toNanos();
    this.successesToClose = options.successes();
    this.memoryNanos = options.memory().toNanos();
    this.nanoTime = nanoTime;
    this.trial = trial;
  }

  /** The name of the target that it guards. */
  public String name() {
    return name;
  }

  /** The state now. */
  public State state() {
    Transition change;
    State now;
    synchronized (this) {
      change = halfOpenIfDue();
      now = state;
    }
    tell(change);
    return now;
  }

  /**
   * Closes it and forgets all failures, whatever its state; the client connects again at once to
   * what it is not connected to.
   */
  public void reset() {
    Transition change;
    synchronized (this) {
      change = state == State.CLOSED ? null : enter(State.CLOSED);
      failures = 0;
    }
    trial.run();
    tell(change);
  }

  /**
   * Has every change of state told to the subscriber, on the thread that brings it about, which
   * must not be held up. That the time of being open is over shows at the next call, or when the
   * state is read.
   *
   * @return ends the subscription
   */
  public Runnable subscribe(Consumer<Transition> subscriber) {
    subscribers.add(Objects.requireNonNull(subscriber, "subscriber"));
    return () -> subscribers.remove(subscriber);
  }

  /** Takes part of a call, or null if it must not be made. */
  @Nullable Permit tryAcquire() {
    Transition change;
    Permit permit = null;
    synchronized (this) {
      change = halfOpenIfDue();
      if (state == State.CLOSED) {
        permit = new Permit(state, epoch);
      } else if (state == State.HALF_OPEN && successes + trials < successesToClose) {
        trials++;
        permit = new Permit(state, epoch);
      }
    }
    tell(change);
    return permit;
  }

  private @Nullable Transition halfOpenIfDue() {
    return state == State.OPEN && nanoTime.getAsLong() - openedNanos >= openNanos
        ? enter(State.HALF_OPEN)
        : null;
  }

  /** The successor of the present state, with all counts at zero. */
  private Transition enter(State next) {
    Transition change = new Transition(name, state, next, next == State.OPEN ? failures : 0);
    state = next;
    epoch++;
    failures = 0;
    successes = 0;
    trials = 0;
    return change;
  }

  /** Outside the lock, so that a subscriber may ask for the state. */
  private void tell(@Nullable Transition change) {
    if (change != null) {
      if (change.to() == State.HALF_OPEN) {
        trial.run();
      }
      subscribers.forEach(subscriber -> tell(subscriber, change));
    }
  }

  /** A subscriber that throws must not end the call that brought the change about. */
  private static void tell(Consumer<Transition> subscriber, Transition change) {
    try {
      subscriber.accept(change);
    } catch (RuntimeException e) {
      log.warn("a subscriber of the circuit breaker failed", e);
    }
  }

  /** A call that may pass; exactly one of the three methods tells how it ends. */
  final class Permit {
    private final State begunIn;
    private final long begunAt;

    private Permit(State begunIn, long begunAt) {
      this.begunIn = begunIn;
      this.begunAt = begunAt;
    }

    /** The breaker's state when the call began. */
    State state() {
      return begunIn;
    }

    void succeeded() {
      end(CircuitBreaker.this::countSuccess);
    }

    void failed() {
      end(CircuitBreaker.this::countFailure);
    }

    /** For a call that says nothing about the target, such as one that its caller cancelled. */
    void released() {
      end(() -> null);
    }

    private void end(Supplier<@Nullable Transition> count) {
      Transition change = null;
      synchronized (CircuitBreaker.this) {
        if (begunAt == epoch) {
          if (begunIn == State.HALF_OPEN) {
            trials--;
          }
          change = count.get();
        }
      }
      tell(change);
    }
  }

  private @Nullable Transition countSuccess() {
    failures = 0;
    return state == State.HALF_OPEN && ++successes >= successesToClose ? enter(State.CLOSED) : null;
  }

  private @Nullable Transition countFailure() {
    long now = nanoTime.getAsLong();
    if (now - lastFailureNanos >= memoryNanos) {
      failures = 0;
    }
    lastFailureNanos = now;
    failures++;
    if (state == State.CLOSED && failures < failuresToOpen) {
      return null;
    }
    openedNanos = now;
    return enter(State.OPEN);
  }
}
