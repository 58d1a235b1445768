package io.redirectbalancer.client.internal;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import io.redirectbalancer.client.CallSettings;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.RetryOptions;
import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import io.redirectbalancer.url.VideoUrl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One call and its attempts, made one after another. */
public final class PendingCall {
  private static final long FALLBACK_NANOS = 50_000_000;

  /** A number of characters that always fits a backend's message limit. */
  private static final int SHORT_ENOUGH = 1024;

  private final String videoUrl;
  private final Optional<String> via;
  private final boolean write;
  private final RetryOptions retry;
  private final boolean failOpen;
  private final Context context = Context.current();
  private final Deadline deadline;
  private final long limitNanos;

  // Guarded by this: attempts may run on different threads.
  private final List<Backend> failedBackends = new ArrayList<>(0);
  private int attempts;
  private OptionalLong firstFailureNanos = OptionalLong.empty();
  private @Nullable Attempt attempt;
  private @Nullable Runnable wake;
  private boolean cancelled;

  PendingCall(
      String videoUrl,
      CallSettings settings,
      RedirectClientOptions options,
      Deadline.Ticker ticker) {
    this.videoUrl = Objects.requireNonNull(videoUrl, "video URL");
    Objects.requireNonNull(settings, "settings");
    this.via = settings.via();
    this.write = settings.write();
    this.retry = settings.retry().orElse(options.retry());
    this.failOpen = settings.failOpen().orElse(options.failOpen());
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

  String videoUrl() {
    return videoUrl;
  }

  /**
   * Returns the URL to send, stripped: whitespace around a long one might exceed the message limit.
   */
  String message() {
    return videoUrl.length() <= SHORT_ENOUGH ? videoUrl : videoUrl.trim();
  }

  /**
   * Returns why a long URL is not sent; null if it is. A backend that gets too large a message sees
   * no URL and can only answer RESOURCE_EXHAUSTED, like an overloaded one.
   */
  @Nullable Failure rejection() {
    if (videoUrl.length() <= SHORT_ENOUGH) {
      return null;
    }
    try {
      VideoUrl.parse(videoUrl, OriginDomains.any());
      return null;
    } catch (InvalidVideoUrlException e) {
      return Failure.last(Status.INVALID_ARGUMENT.withDescription(e.getMessage()), null);
    }
  }

  /** Returns the proxies that have forwarded it. */
  Optional<String> via() {
    return via;
  }

  /** Whether it must not take effect twice. */
  boolean isWrite() {
    return write;
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
  synchronized boolean begin(Attempt next) {
    attempt = next;
    attempts++;
    return !cancelled;
  }

  /** Records a failed attempt, and the backend that took it, if any. */
  synchronized void failed(@Nullable Backend backend, long nowNanos) {
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
    Attempt underWay;
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
