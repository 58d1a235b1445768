package io.redirectbalancer.client.internal;

import io.redirectbalancer.client.BreakerOptions;
import io.redirectbalancer.client.CircuitBreaker;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link CircuitBreaker} that hands out permits for calls. Thread-safe. */
final class CountingBreaker implements CircuitBreaker {
  private static final Logger log = LoggerFactory.getLogger(CountingBreaker.class);

  private final String name;
  private final int failuresToOpen;
  private final long openNanos;
  private final int successesToClose;
  private final long memoryNanos;
  private final LongSupplier nanoTime;
  private final Runnable trial;
  private final List<Consumer<Transition>> subscribers = new CopyOnWriteArrayList<>();

  private State state = State.CLOSED;

  /** Counts transitions, so that an outcome can tell whether its call's state is over. */
  private long epoch;

  private int failures;
  private int successes;
  private int trials;
  private long lastFailureNanos;
  private long openedNanos;

  /**
   * @param trial prepares the target for the calls that test whether it works again
   */
  CountingBreaker(String name, BreakerOptions options, LongSupplier nanoTime, Runnable trial) {
    this.name = name;
    this.failuresToOpen = options.failures();
    this.openNanos = options.openTime().toNanos();
    this.successesToClose = options.successes();
    this.memoryNanos = options.memory().toNanos();
    this.nanoTime = nanoTime;
    this.trial = trial;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
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

  @Override
  public void reset() {
    Transition change;
    synchronized (this) {
      change = state == State.CLOSED ? null : enter(State.CLOSED);
      failures = 0;
    }
    trial.run();
    tell(change);
  }

  @Override
  public Runnable subscribe(Consumer<Transition> subscriber) {
    subscribers.add(Objects.requireNonNull(subscriber, "subscriber"));
    return () -> subscribers.remove(subscriber);
  }

  /** Returns a permit for a call, or null if the call is rejected. */
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

  /** Enters the next state and resets all counts to zero. */
  private Transition enter(State next) {
    Transition change = new Transition(name, state, next, next == State.OPEN ? failures : 0);
    state = next;
    epoch++;
    failures = 0;
    successes = 0;
    trials = 0;
    return change;
  }

  /** Notifies subscribers, outside the lock so that they may read the state. */
  private void tell(@Nullable Transition change) {
    if (change != null) {
      if (change.to() == State.HALF_OPEN) {
        trial.run();
      }
      subscribers.forEach(subscriber -> tell(subscriber, change));
    }
  }

  /**
   * Notifies a subscriber; an exception from it must not end the call that caused the transition.
   */
  private static void tell(Consumer<Transition> subscriber, Transition change) {
    try {
      subscriber.accept(change);
    } catch (RuntimeException e) {
      log.warn("a subscriber of the circuit breaker failed", e);
    }
  }

  /** Permission for one call; call exactly one of the three methods at its end. */
  final class Permit {
    private final State begunIn;
    private final long begunAt;

    private Permit(State begunIn, long begunAt) {
      this.begunIn = begunIn;
      this.begunAt = begunAt;
    }

    /** Returns the breaker's state when the call began. */
    State state() {
      return begunIn;
    }

    void succeeded() {
      end(CountingBreaker.this::countSuccess);
    }

    void failed() {
      end(CountingBreaker.this::countFailure);
    }

    /** Ends a call that says nothing about the target, such as a cancelled one. */
    void released() {
      end(() -> null);
    }

    private void end(Supplier<@Nullable Transition> count) {
      Transition change = null;
      synchronized (CountingBreaker.this) {
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
