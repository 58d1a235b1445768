package io.redirectbalancer.client;

import java.util.function.Consumer;

/**
 * Keeps calls from a target that fails, after Nygard's pattern (Release It!, 2nd edition, chapter
 * 5), by counts in a row:
 *
 * <ul>
 *   <li>closed: calls pass. So many failures in a row open it; a success, or a while without a
 *       failure, resets the count to zero.
 *   <li>open: calls are rejected, for a while; then it is half-open.
 *   <li>half-open: as many calls at a time pass as it takes successes in a row to close it. One
 *       failure opens it again.
 * </ul>
 *
 * <p>What counts is a call with its retries. A call's outcome counts only in the state in which it
 * began: what was begun before the breaker opened says nothing about the time after. Thread-safe.
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
   * @param failures the failures in a row that led to it; 0 where none did
   */
  record Transition(String breaker, State from, State to, int failures) {}

  /** The name of the target that it guards. */
  String name();

  /** The state now. */
  State state();

  /**
   * Closes it and forgets all failures, whatever its state; the client connects again at once to
   * what it is not connected to.
   */
  void reset();

  /**
   * Tells the subscriber of every change of state, on the thread that brings it about, which must
   * not be held up. That the time of being open is over shows at the next call, or when the state
   * is read.
   *
   * @return ends the subscription
   */
  Runnable subscribe(Consumer<Transition> subscriber);
}
