package io.redirectbalancer.client.internal;

import dev.failsafe.Bulkhead;
import dev.failsafe.BulkheadFullException;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.Fallback;
import dev.failsafe.Policy;
import dev.failsafe.RetryPolicy;
import dev.failsafe.event.ExecutionAttemptedEvent;
import dev.failsafe.event.ExecutionScheduledEvent;
import dev.failsafe.function.CheckedFunction;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.RedirectAnswer;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.RetryOptions;
import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import io.redirectbalancer.url.VideoUrl;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What a call goes through, from the outside in: fallback, bulkhead, breaker, retry. */
final class Pipeline {
  private final Attempts attempts;
  private final Timing timing;
  private final ClientMetrics metrics;
  private final Warnings warnings;
  private final int maxCallsInFlight;
  private final OriginDomains originDomains;
  private final Bulkhead<RedirectAnswer> bulkhead;
  private final BreakerPolicy breaker;
  private final RetryOptions usualRetry;
  private final RetryPolicy<RedirectAnswer> usualRetryPolicy;
  private final FailsafeExecutor<RedirectAnswer> usualPolicies;

  Pipeline(
      Attempts attempts,
      CountingBreaker breaker,
      RedirectClientOptions options,
      Timing timing,
      ClientMetrics metrics,
      Warnings warnings) {
    this.attempts = attempts;
    this.timing = timing;
    this.metrics = metrics;
    this.warnings = warnings;
    this.maxCallsInFlight = options.maxCallsInFlight();
    this.originDomains = options.originDomains();
    this.bulkhead = Bulkhead.of(maxCallsInFlight);
    this.breaker = new BreakerPolicy(breaker, metrics, timing);
    this.usualRetry = options.retry();
    this.usualRetryPolicy = retryPolicy(usualRetry);
    this.usualPolicies = executor(List.of(bulkhead, this.breaker, usualRetryPolicy));
  }

  /** Makes the call, and passes on either its answer or its failure, once. */
  void run(
      PendingCall call,
      BiConsumer<@Nullable RedirectAnswer, @Nullable StatusRuntimeException> result) {
    long startNanos = timing.nanoTime();
    StatusRuntimeException rejection = call.rejection();
    if (rejection != null) {
      end(call, startNanos, result, null, rejection);
      return;
    }
    var unused =
        policies(call)
            .getStageAsync(() -> attempts.next(call))
            .whenComplete((answer, error) -> end(call, startNanos, result, answer, error));
  }

  private void end(
      PendingCall call,
      long startNanos,
      BiConsumer<@Nullable RedirectAnswer, @Nullable StatusRuntimeException> result,
      @Nullable RedirectAnswer answer,
      @Nullable Throwable error) {
    StatusRuntimeException failure = answer == null ? statusException(error) : null;
    try {
      count(call, startNanos, answer, failure);
    } finally {
      // Whatever a registry of the caller's own throws, the call ends.
      result.accept(answer, failure);
    }
  }

  private void count(
      PendingCall call,
      long startNanos,
      @Nullable RedirectAnswer answer,
      @Nullable StatusRuntimeException failure) {
    long nowNanos = timing.nanoTime();
    call.firstFailureNanos().ifPresent(first -> metrics.retriedCallEnded(nowNanos - first));
    if (answer != null) {
      metrics.answered(answer.fallback(), nowNanos - startNanos);
    } else {
      Status status = Objects.requireNonNull(failure).getStatus();
      metrics.failed(status.getCode(), nowNanos - startNanos);
    }
  }

  private FailsafeExecutor<RedirectAnswer> policies(PendingCall call) {
    boolean usual = call.retry().equals(usualRetry);
    if (usual && !call.failOpen()) {
      return usualPolicies;
    }
    RetryPolicy<RedirectAnswer> retry = usual ? usualRetryPolicy : retryPolicy(call.retry());
    return executor(
        call.failOpen()
            ? List.of(fallback(call), bulkhead, breaker, retry)
            : List.of(bulkhead, breaker, retry));
  }

  private FailsafeExecutor<RedirectAnswer> executor(List<Policy<RedirectAnswer>> policies) {
    return Failsafe.with(policies).with(timing.scheduler());
  }

  /** Which failures are retried, and when, has been decided with each of them. */
  private RetryPolicy<RedirectAnswer> retryPolicy(RetryOptions options) {
    return RetryPolicy.<RedirectAnswer>builder()
        .handleIf(error -> error instanceof AttemptFailure failure && failure.retryDelay() != null)
        .withMaxAttempts(options.attempts())
        .withDelayFn(context -> ((AttemptFailure) context.getLastException()).retryDelay())
        .onRetryScheduled(event -> retrying(event, options.attempts()))
        .build();
  }

  private void retrying(ExecutionScheduledEvent<RedirectAnswer> event, int maxAttempts) {
    metrics.retried();
    warnings.retrying(event, maxAttempts);
  }

  private Fallback<RedirectAnswer> fallback(PendingCall call) {
    CheckedFunction<ExecutionAttemptedEvent<? extends RedirectAnswer>, RedirectAnswer> origin =
        event -> failOpen(call, event.getLastException());
    return Fallback.<RedirectAnswer>builder(origin)
        .handleIf(error -> fallbackReason(error) != null)
        .build();
  }

  private RedirectAnswer failOpen(PendingCall call, Throwable error) {
    if (call.context().isCancelled()) {
      throw Status.CANCELLED.withDescription("the caller is gone").asRuntimeException();
    }
    try {
      String origin = VideoUrl.parse(call.videoUrl(), originDomains).toString();
      metrics.fellBack(Objects.requireNonNull(fallbackReason(error)));
      return new RedirectAnswer(origin, true, Optional.empty());
    } catch (InvalidVideoUrlException e) {
      throw Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException();
    }
  }

  /** Null where the caller is at fault or gave up, which no fallback mends. */
  private static @Nullable FallbackReason fallbackReason(Throwable error) {
    if (error instanceof BreakerOpenException) {
      return FallbackReason.BREAKER_OPEN;
    }
    if (error instanceof BulkheadFullException) {
      return FallbackReason.BULKHEAD_FULL;
    }
    return error instanceof AttemptFailure failure && Outcome.of(failure.code()) == Outcome.FAILED
        ? failure.reason()
        : null;
  }

  private StatusRuntimeException statusException(@Nullable Throwable error) {
    if (error instanceof AttemptFailure failure) {
      return failure.asStatusException();
    }
    if (error instanceof BreakerOpenException) {
      return Status.UNAVAILABLE.withDescription(error.getMessage()).asRuntimeException();
    }
    if (error instanceof BulkheadFullException) {
      return Status.RESOURCE_EXHAUSTED
          .withDescription(maxCallsInFlight + " calls are in flight already")
          .asRuntimeException();
    }
    return error instanceof StatusRuntimeException status
        ? status
        : Status.INTERNAL.withCause(error).asRuntimeException();
  }
}
