package io.redirectbalancer.client.internal;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.CallSettings;
import io.redirectbalancer.client.CircuitBreaker;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.RetryOptions;
import io.redirectbalancer.trace.TraceSpan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call and its attempts, made one after another. Subclasses say what is sent and what an answer
 * is.
 *
 * @param <Q> the request as it is sent
 * @param <P> the response as it comes back
 * @param <A> the answer as the caller gets it
 */
public abstract class PendingCall<Q, P, A> {
  private static final long FALLBACK_NANOS = 50_000_000;

  private final CallSettings settings;
  private final RedirectClientOptions options;
  private final RetryOptions retry;
  private final boolean failOpen;
  private final Context context = Context.current();
  private final TraceSpan span = TraceSpan.of(context);
  private final Deadline deadline;
  private final long limitNanos;
  private volatile CircuitBreaker.@Nullable State breakerState;

  // Guarded by this: attempts may run on different threads.
  private final List<Backend> failedBackends = new ArrayList<>(0);
  private int attempts;
  private OptionalLong firstFailureNanos = OptionalLong.empty();
  private @Nullable Attempt<Q, P, A> attempt;
  private @Nullable Runnable wake;
  private Status.@Nullable Code lastFailure;
  private boolean cancelled;

  /**
   * @param failOpen whether {@link #fallback} is acceptable
   */
  PendingCall(
      CallSettings settings,
      RedirectClientOptions options,
      boolean failOpen,
      Deadline.Ticker ticker) {
    this.settings = settings;
    this.options = options;
    this.failOpen = failOpen;
    this.retry = settings.retry().orElse(options.retry());
    Duration limit = settings.deadline().orElse(options.deadline(settings.operation()));
    Deadline callers =
        settings
            .callersDeadline()
            .map(left -> Deadline.after(left.toNanos(), TimeUnit.NANOSECONDS, ticker))
            .orElse(context.getDeadline());
    Deadline own = Deadline.after(limit.toNanos(), TimeUnit.NANOSECONDS, ticker);
    this.deadline = callers == null ? own : own.minimum(failOpen ? inTime(callers) : callers);
    this.limitNanos = remainingNanos();
  }

  /** Returns a deadline just before the caller's, to leave time for the fallback's answer. */
  private static Deadline inTime(Deadline callers) {
    long remaining = callers.timeRemaining(TimeUnit.NANOSECONDS);
    return callers.offset(-Math.min(remaining / 5, FALLBACK_NANOS), TimeUnit.NANOSECONDS);
  }

  abstract MethodDescriptor<Q, P> method();

  abstract Q request();

  /** Adds what is sent with the request. */
  abstract void addTo(Metadata headers);

  /**
   * Returns the caller's answer.
   *
   * @param server the name of the instance that answered; null if it does not say
   * @param backend the backend that answered
   */
  abstract A answer(P response, @Nullable String server, @Nullable Backend backend);

  /** Returns why the request is not sent; null if it is. */
  @Nullable Failure rejection() {
    return null;
  }

  /**
   * Returns the answer when no backend gives one, for calls that may fail open.
   *
   * @throws StatusRuntimeException if the request is invalid
   */
  A fallback() {
    throw new IllegalStateException("no fallback for " + method().getFullMethodName());
  }

  /** Returns what a status says about the backend that sent it. */
  Outcome outcome(Status.Code code) {
    return Outcome.of(code);
  }

  /** Returns how long an attempt may take once it has a connection. */
  Duration attemptTimeout() {
    return options.attemptTimeout();
  }

  final RedirectClientOptions options() {
    return options;
  }

  /** Returns the proxies that have forwarded it. */
  Optional<String> via() {
    return settings.via();
  }

  /** Whether it must not take effect twice. */
  boolean isWrite() {
    return settings.write();
  }

  RetryOptions retry() {
    return retry;
  }

  boolean failOpen() {
    return failOpen;
  }

  /** Returns the caller's context, in which all attempts are made. */
  Context context() {
    return context;
  }

  /** Returns the span of whatever makes the call. */
  TraceSpan span() {
    return span;
  }

  /** Notes the breaker's state in which the call passed it. */
  void passed(CircuitBreaker.State breaker) {
    breakerState = breaker;
  }

  CircuitBreaker.@Nullable State breakerState() {
    return breakerState;
  }

  Deadline deadline() {
    return deadline;
  }

  long remainingNanos() {
    return deadline.timeRemaining(TimeUnit.NANOSECONDS);
  }

  /** Returns how long it may take in total. */
  long limitNanos() {
    return limitNanos;
  }

  /** Returns the number of attempts so far, including the current one. */
  synchronized int attempts() {
    return attempts;
  }

  /** Returns when the first attempt that was retried failed; empty if none was. */
  synchronized OptionalLong firstFailureNanos() {
    return attempts > 1 ? firstFailureNanos : OptionalLong.empty();
  }

  synchronized boolean hasFailedOn(Backend backend) {
    return failedBackends.contains(backend);
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  /** Records the next attempt; returns false if the call has been cancelled meanwhile. */
  synchronized boolean begin(Attempt<Q, P, A> next) {
    attempt = next;
    attempts++;
    return !cancelled;
  }

  /** Returns how the last attempt failed; null if there was none. */
  synchronized Status.@Nullable Code lastFailure() {
    return lastFailure;
  }

  /** Records a failed attempt, and the backend that took it, if any. */
  synchronized void failed(Status.Code code, @Nullable Backend backend, long nowNanos) {
    lastFailure = code;
    if (attempts == 1) {
      firstFailureNanos = OptionalLong.of(nowNanos);
    }
    if (backend != null) {
      failedBackends.add(backend);
    }
  }

  /**
   * Records that the call waits for its next attempt.
   *
   * @param wakeUp ends the wait; does nothing once it is over
   */
  void pause(Runnable wakeUp) {
    synchronized (this) {
      wake = wakeUp;
      if (!cancelled) {
        return;
      }
    }
    wakeUp.run();
  }

  /** Ends the current attempt or the wait for the next one; none follows. */
  public void cancel() {
    Attempt<Q, P, A> underWay;
    Runnable wakeUp;
    synchronized (this) {
      cancelled = true;
      underWay = attempt;
      wakeUp = wake;
    }
    if (underWay != null) {
      underWay.cancel();
    }
    if (wakeUp != null) {
      wakeUp.run();
    }
  }
}
