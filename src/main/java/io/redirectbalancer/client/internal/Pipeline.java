package io.redirectbalancer.client.internal;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.RedirectAnswer;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import io.redirectbalancer.url.VideoUrl;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
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
  private final OriginDomains originDomains;
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
    originDomains = options.originDomains();
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
  void run(
      PendingCall call,
      BiConsumer<@Nullable RedirectAnswer, @Nullable StatusRuntimeException> result) {
    new Passage(call, result).start();
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
    private final Passage passage;

    Pause(Passage passage) {
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

  /** What a caller gets: one of the two. */
  private record End(@Nullable RedirectAnswer answer, @Nullable StatusRuntimeException failure) {}

  /** One call in progress. Its steps run one after another, possibly on different threads. */
  private final class Passage {
    private final PendingCall call;
    private final BiConsumer<@Nullable RedirectAnswer, @Nullable StatusRuntimeException> result;
    private final long startNanos = timing.nanoTime();
    private boolean inFlight;
    private CountingBreaker.@Nullable Permit permit;
    private long passedNanos;

    Passage(
        PendingCall call,
        BiConsumer<@Nullable RedirectAnswer, @Nullable StatusRuntimeException> result) {
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
      return permit == null ? breakerOpen : null;
    }

    private void attempt() {
      attempts.next(call, this::attempted);
    }

    private void attempted(@Nullable RedirectAnswer answer, @Nullable Failure failure) {
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
    private void end(@Nullable RedirectAnswer answer, @Nullable Failure failure) {
      End end;
      try {
        leave(failure == null ? Outcome.ANSWERED : failure.outcome());
        end = failure == null ? new End(answer, null) : fallBack(failure);
        count(end);
      } catch (RuntimeException | Error e) {
        end = new End(null, Failure.internal(e).asException());
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

    /** Returns the origin URL if it may be the answer, otherwise the failure. */
    private End fallBack(Failure failure) {
      FallbackReason reason = failure.fallback();
      if (reason == null || !call.failOpen()) {
        return new End(null, failure.asException());
      }
      if (call.context().isCancelled()) {
        Status gone = Status.CANCELLED.withDescription("the caller is gone");
        return new End(null, gone.asRuntimeException());
      }
      try {
        String origin = VideoUrl.parse(call.videoUrl(), originDomains).toString();
        metrics.fellBack(reason);
        return new End(new RedirectAnswer(origin, true, Optional.empty()), null);
      } catch (InvalidVideoUrlException e) {
        Status invalid = Status.INVALID_ARGUMENT.withDescription(e.getMessage());
        return new End(null, invalid.asRuntimeException());
      }
    }

    private void count(End end) {
      long nowNanos = timing.nanoTime();
      call.firstFailureNanos().ifPresent(first -> metrics.retriedCallEnded(nowNanos - first));
      if (end.answer() != null) {
        metrics.answered(end.answer().fallback(), nowNanos - startNanos);
      } else {
        Status status = Objects.requireNonNull(end.failure()).getStatus();
        metrics.failed(status.getCode(), nowNanos - startNanos);
      }
    }
  }
}
