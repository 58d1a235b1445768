package io.redirectbalancer.client;

import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Makes the attempts of calls, and says of each that failed whether another one may follow. */
final class Attempts {
  /** When a server wants to be tried again, in ms; see gRFC A6. */
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private final Channel channel;
  private final RedirectClientOptions options;
  private final Timing timing;
  private final RetryBudget budget;
  private volatile boolean closed;

  Attempts(Channel channel, RedirectClientOptions options, Timing timing) {
    this.channel = channel;
    this.options = options;
    this.timing = timing;
    this.budget = new RetryBudget(options.retryBudget());
  }

  /** Starts the next attempt; a failure is an {@link AttemptFailure}. */
  CompletableFuture<RedirectAnswer> next(RedirectCall call) {
    Attempt attempt = new Attempt(call, options.attemptTimeout(), timing, this::judge);
    if (call.begin(attempt)) {
      call.context().run(() -> attempt.start(channel));
    } else {
      attempt.cancel();
    }
    return attempt.future();
  }

  /** No attempt is followed by another one from now on. */
  void close() {
    closed = true;
  }

  private @Nullable AttemptFailure judge(Attempt attempt, Status status, Metadata trailers) {
    Server server = attempt.server();
    boolean blameless =
        status.getCode() == Status.Code.DEADLINE_EXCEEDED && !attempt.wasGivenTime();
    Outcome outcome = blameless ? Outcome.ABANDONED : Outcome.of(status.getCode());
    if (outcome == Outcome.ANSWERED) {
      budget.succeeded();
      if (server != null) {
        server.succeeded();
      }
    } else if (outcome == Outcome.FAILED && server != null) {
      server.failed(options.ejection(), timing.nanoTime());
    }
    return status.isOk() ? null : failure(attempt, status, trailers);
  }

  private AttemptFailure failure(Attempt attempt, Status status, Metadata trailers) {
    RedirectCall call = attempt.call();
    boolean mayHaveActed = attempt.server() != null;
    call.failed(attempt.server(), timing.nanoTime());
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
    Outcome outcome = Outcome.of(status.getCode());
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED && !call.wasGivenTime()) {
      outcome = Outcome.ABANDONED;
    }
    return new AttemptFailure(status, trailers, outcome, delay, reason);
  }

  /** The server's wish where it has one, otherwise the back-off; null if it wants no retry. */
  private static @Nullable Duration delay(RedirectCall call, Metadata trailers) {
    String pushback = trailers.get(PUSHBACK);
    if (pushback == null) {
      return new Backoff(call.retry(), ThreadLocalRandom.current()::nextDouble)
          .delay(call.attempts());
    }
    // As gRFC A6 has it, what is negative or cannot be read means that there must be no retry.
    return pushback.matches("[0-9]{1,9}") ? Duration.ofMillis(Long.parseLong(pushback)) : null;
  }
}
