package io.redirectbalancer.client.internal;

/** A call that the circuit breaker did not let pass. */
final class BreakerOpenException extends RuntimeException {
  private static final long serialVersionUID = 1;

  BreakerOpenException(String breaker) {
    super("the circuit breaker of " + breaker + " is open", null, false, false);
  }
}
