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

/** One call with all its attempts, which are made one after another. */
public final class PendingCall {
  private static final long FALLBACK_NANOS = 50_000_000;

  /** Characters that fit a backend's limit on messages, whatever they are. */
  private static final int SHORT_ENOUGH = 1024;

  private final String videoUrl;
  private final Optional<String> via;
  private final boolean write;
  private final RetryOptions retry;
  private final boolean failOpen;
  private final Context context = Context.current();
  private final Deadline deadline;
  private final long limitNanos;

  // Guarded by this: attempts follow each other on different threads.
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

  /** A bit before the caller gives up, so that there is time left for the fallback's answer. */
  private static Deadline inTime(Deadline callers) {
    long remaining = callers.timeRemaining(TimeUnit.NANOSECONDS);
    return callers.offset(-Math.min(remaining / 5, FALLBACK_NANOS), TimeUnit.NANOSECONDS);
  }

  String videoUrl() {
    return videoUrl;
  }

  /** What is sent: whitespace around a long URL might make it too long for a message. */
  String message() {
    return videoUrl.length() <= SHORT_ENOUGH ? videoUrl : videoUrl.trim();
  }

  /**
   * Why a long URL is not sent; null if it is. A backend that is sent more than a message may hold
   * sees no URL, so that all it can say is RESOURCE_EXHAUSTED, as one that is overloaded does.
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

  /** The proxies that have passed it on. */
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

  /** The caller's, in which all attempts are made. */
  Context context() {
    return context;
  }

  Deadline deadline() {
    return deadline;
  }

  long remainingNanos() {
    return deadline.timeRemaining(TimeUnit.NANOSECONDS);
  }

  /** How long it may take in all. */
  long limitNanos() {
    return limitNanos;
  }

  /** The attempts made so far, the one under way included. */
  synchronized int attempts() {
    return attempts;
  }

  /** When the first attempt failed that another one followed; empty if there is none. */
  synchronized OptionalLong firstFailureNanos() {
    return attempts > 1 ? firstFailureNanos : OptionalLong.empty();
  }

  synchronized boolean hasFailedOn(Backend backend) {
    return failedBackends.contains(backend);
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  /** Notes the next attempt; returns false if the call has been cancelled meanwhile. */
  synchronized boolean begin(Attempt next) {
    attempt = next;
    attempts++;
    return !cancelled;
  }

  /** Notes that an attempt failed, on that backend if any took it. */
  synchronized void failed(@Nullable Backend backend, long nowNanos) {
    if (attempts == 1) {
      firstFailureNanos = OptionalLong.of(nowNanos);
    }
    if (backend != null) {
      failedBackends.add(backend);
    }
  }

  /**
   * Notes that it waits for its next attempt.
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

  /** Ends the attempt under way or the wait for the next one; none follows. */
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
