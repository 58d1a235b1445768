package io.redirectbalancer.client;

import java.util.function.Consumer;

/**
 * Keeps calls away from a failing target, after Nygard's pattern (Release It!, 2nd edition, chapter
 * 5), by counting consecutive outcomes:
 *
 * <ul>
 *   <li>closed: calls pass. A number of failures in a row opens it; a success, or a period without
 *       a failure, resets the count to zero.
 *   <li>open: calls are rejected; after a while it becomes half-open.
 *   <li>half-open: as many concurrent calls pass as successes in a row are needed to close it. One
 *       failure opens it again.
 * </ul>
 *
 * <p>A call counts once, retries included, and only in the state in which it began: a call begun
 * before the breaker opened says nothing about the time after. Thread-safe.
 */
public interface CircuitBreaker {
  /** Whether calls pass. */
  enum State {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  /**
   * A change of state, as subscribers see it.
   *
   * @param breaker its name
   * @param failures the failures in a row that caused it; 0 if none did
   */
  record Transition(String breaker, State from, State to, int failures) {}

  /** Returns the name of the target that it guards. */
  String name();

  /** Returns the current state. */
  State state();

  /**
   * Closes it and forgets all failures, whatever its state; the client reconnects at once to
   * backends without a connection.
   */
  void reset();

  /**
   * Notifies the subscriber of every transition, on the thread that causes it; the subscriber must
   * not block. The transition to half-open happens at the next call, or when the state is read.
   *
   * @return a task that ends the subscription
   */
  Runnable subscribe(Consumer<Transition> subscriber);
}
