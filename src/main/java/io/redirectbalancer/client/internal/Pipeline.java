package io.redirectbalancer.client.internal;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.CircuitBreaker;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.trace.TraceSpan;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Takes calls through fallback, bulkhead, breaker and retries, from the outside in. */
final class Pipeline {
  private final Attempts attempts;
  private final CountingBreaker breaker;
  private final Timing timing;
  private final ClientMetrics metrics;
  private final Warnings warnings;
  private final int maxCallsInFlight;
  private final Failure tooManyCalls;
  private final Failure breakerOpen;
  private final AtomicInteger callsInFlight = new AtomicInteger();
  private final Set<Pause> pauses = ConcurrentHashMap.newKeySet();

  Pipeline(
      Attempts attempts,
      CountingBreaker breaker,
      RedirectClientOptions options,
      Timing timing,
      ClientMetrics metrics,
      Warnings warnings) {
    this.attempts = attempts;
    this.breaker = breaker;
    this.timing = timing;
    this.metrics = metrics;
    this.warnings = warnings;
    maxCallsInFlight = options.maxCallsInFlight();
    tooManyCalls =
        Failure.last(
            Status.RESOURCE_EXHAUSTED.withDescription(
                maxCallsInFlight + " calls are in flight already"),
            FallbackReason.BULKHEAD_FULL);
    breakerOpen =
        Failure.last(
            Status.UNAVAILABLE.withDescription(
                "the circuit breaker of " + breaker.name() + " is open"),
            FallbackReason.BREAKER_OPEN);
  }

  /** Makes the call and passes on its answer or its failure, once. */
  <A> void run(
      PendingCall<?, ?, A> call, BiConsumer<@Nullable A, @Nullable StatusRuntimeException> result) {
    new Passage<>(call, result).start();
  }

  /** Makes all waiting calls start their next attempt now. */
  void endPauses() {
    pauses.forEach(Pause::end);
  }

  /**
   * A call's wait for its next attempt. It ends early if the call is cancelled or the client is
   * closed; the attempt then ends the call.
   */
  private final class Pause {
    private final Passage<?> passage;

    Pause(Passage<?> passage) {
      this.passage = passage;
    }

    void begin(Duration delay) {
      pauses.add(this);
      try {
        ScheduledFuture<?> timer = timing.schedule(this::end, delay.toNanos());
        passage.call.pause(
            () -> {
              timer.cancel(false);
              end();
            });
      } catch (RejectedExecutionException e) {
        end(); // The client has been closed meanwhile.
      }
      if (attempts.isClosed()) {
        end();
      }
    }

    /** The first end counts. */
    void end() {
      if (pauses.remove(this)) {
        passage.attempt();
      }
    }
  }

  /**
   * What a caller gets: an answer or a failure.
   *
   * @param fallback whether no backend gave the answer
   */
  private record End<A>(
      @Nullable A answer, boolean fallback, @Nullable StatusRuntimeException failure) {
    static <A> End<A> failed(StatusRuntimeException failure) {
      return new End<>(null, false, failure);
    }
  }

  /** One call in progress. Its steps run one after another, possibly on different threads. */
  private final class Passage<A> {
    private final PendingCall<?, ?, A> call;
    private final BiConsumer<@Nullable A, @Nullable StatusRuntimeException> result;
    private final long startNanos = timing.nanoTime();
    private boolean inFlight;
    private CountingBreaker.@Nullable Permit permit;
    private long passedNanos;

    Passage(
        PendingCall<?, ?, A> call,
        BiConsumer<@Nullable A, @Nullable StatusRuntimeException> result) {
      this.call = call;
      this.result = result;
    }

    void start() {
      Failure rejection = enter();
      if (rejection == null) {
        attempt();
      } else {
        end(null, rejection);
      }
    }

    /** Returns why no attempt is allowed; null if one is. */
    private @Nullable Failure enter() {
      Failure rejection = call.rejection();
      if (rejection != null) {
        return rejection;
      }
      if (callsInFlight.incrementAndGet() > maxCallsInFlight) {
        callsInFlight.decrementAndGet();
        return tooManyCalls;
      }
      inFlight = true;
      permit = breaker.tryAcquire();
      passedNanos = timing.nanoTime();
      if (permit == null) {
        return breakerOpen;
      }
      call.passed(permit.state());
      return null;
    }

    private void attempt() {
      attempts.next(call, this::attempted);
    }

    private void attempted(@Nullable A answer, @Nullable Failure failure) {
      Duration delay = failure == null ? null : failure.retryDelay();
      if (failure == null || delay == null || call.attempts() >= call.retry().attempts()) {
        end(answer, failure);
        return;
      }
      try {
        metrics.retried();
        warnings.retrying(failure, delay, call.attempts(), call.retry().attempts());
      } catch (RuntimeException e) {
        end(null, Failure.internal(e));
        return;
      }
      if (delay.isZero()) {
        attempt();
      } else {
        new Pause(this).begin(delay);
      }
    }

    /** Ends the call, even if the caller's meter registry throws. */
    private void end(@Nullable A answer, @Nullable Failure failure) {
      End<A> end;
      try {
        leave(failure == null ? Outcome.ANSWERED : failure.outcome());
        end = failure == null ? new End<>(answer, false, null) : fallBack(failure);
        count(end);
        describe(end, failure);
      } catch (RuntimeException | Error e) {
        end = End.failed(Failure.internal(e).asException());
      }
      result.accept(end.answer(), end.failure());
    }

    /** Releases what the call took on entry. */
    private void leave(Outcome outcome) {
      if (!inFlight) {
        return;
      }
      callsInFlight.decrementAndGet();
      if (permit == null) {
        metrics.rejectedByBreaker();
        return;
      }
      switch (outcome) {
        case ANSWERED -> permit.succeeded();
        case FAILED -> permit.failed();
        case ABANDONED -> permit.released();
      }
      metrics.passedBreaker(permit.state(), timing.nanoTime() - passedNanos);
    }

    /** Returns the fallback's answer if there may be one, otherwise the failure. */
    private End<A> fallBack(Failure failure) {
      FallbackReason reason = failure.fallback();
      if (reason == null || !call.failOpen()) {
        return End.failed(failure.asException());
      }
      if (call.context().isCancelled()) {
        Status gone = Status.CANCELLED.withDescription("the caller is gone");
        return End.failed(gone.asRuntimeException());
      }
      A answer;
      try {
        answer = call.fallback();
      } catch (StatusRuntimeException e) {
        return End.failed(e);
      }
      metrics.fellBack(reason);
      return new End<>(answer, true, null);
    }

    private void describe(End<A> end, @Nullable Failure failure) {
      TraceSpan span = call.span();
      if (!span.isRecording()) {
        return;
      }
      span.set("redirect.attempts", call.attempts());
      CircuitBreaker.State passed = call.breakerState();
      CircuitBreaker.State state = passed == null && inFlight ? CircuitBreaker.State.OPEN : passed;
      if (state != null) {
        span.set("redirect.breaker.state", AttemptSpan.text(state));
      }
      if (end.fallback() && failure != null && failure.fallback() != null) {
        span.set("redirect.fallback", AttemptSpan.text(failure.fallback()));
      }
    }

    private void count(End<A> end) {
      long nowNanos = timing.nanoTime();
      call.firstFailureNanos().ifPresent(first -> metrics.retriedCallEnded(nowNanos - first));
      if (end.answer() != null) {
        metrics.answered(end.fallback(), nowNanos - startNanos);
      } else {
        Status status = Objects.requireNonNull(end.failure()).getStatus();
        metrics.failed(status.getCode(), nowNanos - startNanos);
      }
    }
  }
}
