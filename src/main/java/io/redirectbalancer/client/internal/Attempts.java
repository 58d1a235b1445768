package io.redirectbalancer.client.internal;

import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.client.RedirectClientOptions;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Makes the attempts of calls, and says of each that failed whether another one may follow. */
final class Attempts {
  /** When a backend wants to be tried again, in ms; see gRFC A6. */
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private final Channel channel;
  private final RedirectClientOptions options;
  private final Timing timing;
  private final RetryBudget budget;
  private final SuspectWatch suspects;

  /** How long calls have waited for any backend to be connected. */
  private final Silence unreachable = new Silence();

  private volatile boolean closed;

  Attempts(Channel channel, RedirectClientOptions options, Timing timing) {
    this.channel = channel;
    this.options = options;
    this.timing = timing;
    this.budget = new RetryBudget(options.retryBudget());
    this.suspects = new SuspectWatch(channel, options.attemptTimeout(), timing);
  }

  /** Starts the next attempt, whose end the listener is told of, whatever happens. */
  void next(PendingCall call, Attempt.Listener listener) {
    Attempt attempt = new Attempt(call, options.attemptTimeout(), timing, this::judge, listener);
    if (!call.begin(attempt)) {
      attempt.cancel();
      return;
    }
    try {
      call.context().run(() -> attempt.start(channel));
    } catch (RuntimeException | Error e) {
      attempt.end(e);
    }
  }

  /** No attempt is followed by another one from now on. */
  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  private @Nullable Failure judge(Attempt attempt, Status status, Metadata trailers) {
    Backend backend = attempt.backend();
    Outcome outcome =
        switch (status.getCode()) {
          case DEADLINE_EXCEEDED, CANCELLED -> unanswered(attempt, status);
          default -> Outcome.of(status.getCode());
        };
    if (backend != null) {
      unreachable.end();
    }
    if (outcome == Outcome.ANSWERED) {
      budget.succeeded();
      if (backend != null) {
        backend.succeeded();
      }
    } else if (outcome == Outcome.FAILED && backend != null) {
      backend.failed(options.ejection(), timing.nanoTime());
    }
    return status.isOk() ? null : failure(attempt, status, trailers, outcome);
  }

  /**
   * Whether an attempt without an answer is to be blamed on who was asked. It is where it had half
   * of the time that it could have had, an attempt's or the call's, unless that was next to
   * nothing; and where the backend has been silent for long, whoever asked.
   */
  private Outcome unanswered(Attempt attempt, Status status) {
    PendingCall call = attempt.call();
    long timeout = options.attemptTimeout().toNanos();
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
    // A caller that is gone when its time is over cancels just before the deadline does.
    boolean timeIsOver =
        status.getCode() == Status.Code.DEADLINE_EXCEEDED
            || call.remainingNanos() <= call.limitNanos() / 10;
    return blame && timeIsOver ? Outcome.FAILED : Outcome.ABANDONED;
  }

  private Failure failure(
      Attempt attempt, Status status, Metadata trailers, Outcome attemptOutcome) {
    PendingCall call = attempt.call();
    boolean mayHaveActed = attempt.backend() != null;
    call.failed(attempt.backend(), timing.nanoTime());
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
    // A call with time for several attempts has failed although the last one was cut short.
    boolean timedOut =
        status.getCode() == Status.Code.DEADLINE_EXCEEDED
            && call.limitNanos() >= options.attemptTimeout().toNanos() / 2;
    Outcome outcome = timedOut ? Outcome.FAILED : attemptOutcome;
    boolean fails = Outcome.of(status.getCode()) == Outcome.FAILED;
    return new Failure(status, trailers, outcome, fails ? reason : null, delay);
  }

  /** The backend's wish where it has one, otherwise the back-off; null if it wants no retry. */
  private static @Nullable Duration delay(PendingCall call, Metadata trailers) {
    String pushback = trailers.get(PUSHBACK);
    if (pushback == null) {
      return new Backoff(call.retry(), ThreadLocalRandom.current()::nextDouble)
          .delay(call.attempts());
    }
    // As gRFC A6 has it, what is negative or cannot be read means that there must be no retry.
    return pushback.matches("[0-9]{1,9}") ? Duration.ofMillis(Long.parseLong(pushback)) : null;
  }
}
