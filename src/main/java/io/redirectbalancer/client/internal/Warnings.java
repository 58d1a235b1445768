package io.redirectbalancer.client.internal;

import io.redirectbalancer.client.CircuitBreaker;
import io.redirectbalancer.transport.LogLimit;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs warnings for operators, at most one of each kind a second. Thread-safe. */
final class Warnings {
  private static final Logger log = LoggerFactory.getLogger(Warnings.class);

  private final LogLimit retries;
  private final LogLimit openings;
  private final String target;

  Warnings(String target, LongSupplier nanoTime) {
    this.target = target;
    this.retries = new LogLimit(nanoTime);
    this.openings = new LogLimit(nanoTime);
  }

  /** Logs that attempt number {@code attempt} of at most {@code maxAttempts} will be retried. */
  void retrying(Failure failure, Duration delay, int attempt, int maxAttempts) {
    if (retries.passes()) {
      String error =
          String.format(
              Locale.ROOT,
              "gRPC call failed with %s, retrying in %dms (attempt %d/%d)",
              failure.status().getCode(),
              delay.toMillis(),
              attempt,
              maxAttempts);
      log.atWarn()
          .addKeyValue("error.message", error)
          .addKeyValue("target", target)
          .addKeyValue("cause", failure.text())
          .log("retrying");
    }
  }

  void changed(CircuitBreaker.Transition change) {
    if (change.to() != CircuitBreaker.State.OPEN) {
      log.atInfo()
          .addKeyValue("target", target)
          .addKeyValue("state", change.to())
          .log("circuit breaker");
    } else if (openings.passes()) {
      String error = "Circuit breaker opening after " + change.failures() + " failures";
      log.atWarn()
          .addKeyValue("error.message", error)
          .addKeyValue("target", target)
          .log("circuit breaker");
    }
  }
}
