package io.redirectbalancer.client.internal;

import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.client.RedirectClientOptions;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Makes the attempts of calls, and decides after each failure whether another may follow. */
final class Attempts {
  /** The retry delay that a backend asks for, in ms; see gRFC A6. */
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private final Channel channel;
  private final AttemptSpan.Target target;
  private final RedirectClientOptions options;
  private final Timing timing;
  private final ClientMetrics metrics;
  private final RetryBudget budget;
  private final SuspectWatch suspects;

  /** How long calls have waited for any backend to connect. */
  private final Silence unreachable = new Silence();

  private volatile boolean closed;

  /**
   * @param name the target's
   */
  Attempts(
      Channel channel,
      String name,
      RedirectClientOptions options,
      Timing timing,
      ClientMetrics metrics) {
    this.channel = channel;
    this.target = AttemptSpan.Target.named(name);
    this.options = options;
    this.timing = timing;
    this.metrics = metrics;
    this.budget = new RetryBudget(options.retryBudget());
    this.suspects = new SuspectWatch(channel, options.attemptTimeout(), timing);
  }

  /** Starts the next attempt; the listener is always notified of its end. */
  <Q, P, A> void next(PendingCall<Q, P, A> call, Attempt.Listener<A> listener) {
    Attempt<Q, P, A> attempt = new Attempt<>(call, timing, this::judge, listener);
    if (!call.begin(attempt)) {
      attempt.cancel();
      return;
    }
    try {
      call.context().run(() -> attempt.start(channel, target));
    } catch (RuntimeException | Error e) {
      attempt.end(e);
    }
  }

  /** Stops retries: no attempt is followed by another one. */
  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  private @Nullable Failure judge(Attempt<?, ?, ?> attempt, Status status, Metadata trailers) {
    Backend backend = attempt.backend();
    Outcome outcome =
        switch (status.getCode()) {
          case DEADLINE_EXCEEDED, CANCELLED -> unanswered(attempt, status);
          default -> attempt.call().outcome(status.getCode());
        };
    if (backend != null) {
      unreachable.end();
    }
    if (outcome == Outcome.ANSWERED) {
      budget.succeeded();
      if (backend != null) {
        backend.succeeded();
      }
    } else if (outcome == Outcome.FAILED
        && backend != null
        && backend.failed(options.ejection(), timing.nanoTime())) {
      metrics.ejected();
    }
    return status.isOk() ? null : failure(attempt, status, trailers, outcome);
  }

  /**
   * Decides whether an unanswered attempt counts as a failure of the target. It does if the attempt
   * waited at least half of its possible time (an attempt's or the call's), unless that was very
   * short, or if the backend has been silent for long across all calls.
   */
  private Outcome unanswered(Attempt<?, ?, ?> attempt, Status status) {
    PendingCall<?, ?, ?> call = attempt.call();
    long timeout = call.attemptTimeout().toNanos();
    long waited = attempt.waitedNanos();
    long now = timing.nanoTime();
    Backend backend = attempt.backend();
    boolean blame;
    if (backend == null) {
      blame = unreachable.add(waited, now) >= timeout / 2;
    } else {
      long silent = backend.unanswered(waited, now);
      long least = timeout / 10;
      if (silent >= least && backend.suspect()) {
        suspects.begin(backend);
      }
      long own = Math.min(timeout, call.limitNanos());
      blame = waited >= Math.max(own / 2, least) || silent >= timeout / 4;
    }
    // A caller that leaves when its time is over cancels just before the deadline.
    boolean timeIsOver =
        status.getCode() == Status.Code.DEADLINE_EXCEEDED
            || call.remainingNanos() <= call.limitNanos() / 10;
    return blame && timeIsOver ? Outcome.FAILED : Outcome.ABANDONED;
  }

  private Failure failure(
      Attempt<?, ?, ?> attempt, Status status, Metadata trailers, Outcome attemptOutcome) {
    PendingCall<?, ?, ?> call = attempt.call();
    boolean mayHaveActed = attempt.backend() != null;
    call.failed(status.getCode(), attempt.backend(), timing.nanoTime());
    FallbackReason reason = FallbackReason.ATTEMPTS_SPENT;
    Duration delay = null;
    if (call.remainingNanos() <= 0) {
      reason = FallbackReason.DEADLINE_SPENT;
    } else if (!call.retry().statuses().contains(status.getCode())
        || (call.isWrite() && mayHaveActed)
        || call.isCancelled()
        || closed) {
      reason = FallbackReason.NOT_RETRYABLE;
    } else {
      boolean affordable = budget.failed();
      delay = delay(call, trailers);
      if (delay == null) {
        reason = FallbackReason.NOT_RETRYABLE;
      } else if (!affordable) {
        reason = FallbackReason.BUDGET_EMPTY;
        delay = null;
      } else if (call.remainingNanos() <= delay.toNanos()) {
        reason = FallbackReason.DEADLINE_SPENT;
        delay = null;
      }
    }
    // A call with enough time has failed even if its last attempt was cut short.
    boolean timedOut =
        status.getCode() == Status.Code.DEADLINE_EXCEEDED
            && call.limitNanos() >= call.attemptTimeout().toNanos() / 2;
    Outcome outcome = timedOut ? Outcome.FAILED : attemptOutcome;
    boolean fails = call.outcome(status.getCode()) == Outcome.FAILED;
    return new Failure(status, trailers, outcome, fails ? reason : null, delay);
  }

  /**
   * Returns the delay that the backend asks for, or else the back-off; null if it wants no retry.
   */
  private static @Nullable Duration delay(PendingCall<?, ?, ?> call, Metadata trailers) {
    String pushback = trailers.get(PUSHBACK);
    if (pushback == null) {
      return new Backoff(call.retry(), ThreadLocalRandom.current()::nextDouble)
          .delay(call.attempts());
    }
    // By gRFC A6, a negative or unreadable value forbids a retry.
    return pushback.matches("[0-9]{1,9}") ? Duration.ofMillis(Long.parseLong(pushback)) : null;
  }
}
