package io.redirectbalancer.client.internal;

import dev.failsafe.ExecutionContext;
import dev.failsafe.Policy;
import dev.failsafe.PolicyConfig;
import dev.failsafe.spi.ExecutionResult;
import dev.failsafe.spi.PolicyExecutor;
import io.redirectbalancer.client.RedirectAnswer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts the circuit breaker among Failsafe's policies. What is inside of it counts as one call. */
final class BreakerPolicy implements Policy<RedirectAnswer> {
  private final PolicyConfig<RedirectAnswer> config = new PolicyConfig<>() {};
  private final CountingBreaker breaker;
  private final ClientMetrics metrics;
  private final Timing timing;

  BreakerPolicy(CountingBreaker breaker, ClientMetrics metrics, Timing timing) {
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
    private CountingBreaker.@Nullable Permit permit;
    private long startNanos;

    Passage(int policyIndex) {
      super(BreakerPolicy.this, policyIndex);
    }

    @Override
    protected @Nullable ExecutionResult<RedirectAnswer> preExecute() {
      CountingBreaker.Permit acquired = breaker.tryAcquire();
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
      CountingBreaker.Permit passed = Objects.requireNonNull(permit);
      metrics.passedBreaker(passed.state(), timing.nanoTime() - startNanos);
      switch (outcome) {
        case ANSWERED -> passed.succeeded();
        case FAILED -> passed.failed();
        case ABANDONED -> passed.released();
      }
    }
  }
}
