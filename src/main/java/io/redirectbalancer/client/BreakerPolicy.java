package io.redirectbalancer.client;

import dev.failsafe.ExecutionContext;
import dev.failsafe.Policy;
import dev.failsafe.PolicyConfig;
import dev.failsafe.spi.ExecutionResult;
import dev.failsafe.spi.PolicyExecutor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts the circuit breaker among Failsafe's policies. What is inside of it counts as one call. */
final class BreakerPolicy implements Policy<RedirectAnswer> {
  private final PolicyConfig<RedirectAnswer> config = new PolicyConfig<>() {};
  private final CircuitBreaker breaker;
  private final ClientMetrics metrics;
  private final Timing timing;

  BreakerPolicy(CircuitBreaker breaker, ClientMetrics metrics, Timing timing) {
    this.breaker = breaker;
    this.metrics = metrics;
    this.timing = timing;
  }

  @Override
  public PolicyConfig<RedirectAnswer> getConfig() {
    return config;
  }

  @Override
  public PolicyExecutor<RedirectAnswer> toExecutor(int policyIndex) {
    return new Passage(policyIndex);
  }

  /** One call's way through the breaker. */
  private final class Passage extends PolicyExecutor<RedirectAnswer> {
    private CircuitBreaker.@Nullable Permit permit;
    private long startNanos;

    Passage(int policyIndex) {
      super(BreakerPolicy.this, policyIndex);
    }

    @Override
    protected @Nullable ExecutionResult<RedirectAnswer> preExecute() {
      CircuitBreaker.Permit acquired = breaker.tryAcquire();
      if (acquired == null) {
        metrics.refusedByBreaker();
        return ExecutionResult.exception(new BreakerOpenException(breaker.name()));
      }
      permit = acquired;
      startNanos = timing.nanoTime();
      return null;
    }

    @Override
    protected void onSuccess(ExecutionResult<RedirectAnswer> result) {
      end(Outcome.ANSWERED);
    }

    @Override
    protected ExecutionResult<RedirectAnswer> onFailure(
        ExecutionContext<RedirectAnswer> context, ExecutionResult<RedirectAnswer> result) {
      end(
          result.getException() instanceof AttemptFailure failure
              ? failure.outcome()
              : Outcome.ABANDONED);
      return result;
    }

    private void end(Outcome outcome) {
      CircuitBreaker.Permit passed = Objects.requireNonNull(permit);
      metrics.passedBreaker(passed.state(), timing.nanoTime() - startNanos);
      switch (outcome) {
        case ANSWERED -> passed.succeeded();
        case FAILED -> passed.failed();
        case ABANDONED -> passed.released();
      }
    }
  }
}
