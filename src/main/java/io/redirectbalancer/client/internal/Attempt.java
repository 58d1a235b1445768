package io.redirectbalancer.client.internal;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.call.ServedBy;
import io.redirectbalancer.transport.FailureText;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call. It waits for a backend until the call's deadline; the attempt's own
 * time-out starts once it has one.
 *
 * @param <Q> the request
 * @param <P> the response
 * @param <A> the caller's answer
 */
final class Attempt<Q, P, A> extends ClientCall.Listener<P> {
  /** Lets the load balancer find the attempt that it picks a backend for. */
  static final CallOptions.Key<Attempt<?, ?, ?>> KEY =
      CallOptions.Key.create("io.redirectbalancer.client.internal.Attempt");

  private static final CallOptions OPTIONS = CallOptions.DEFAULT.withWaitForReady();

  private static final Pattern TOO_LARGE =
      Pattern.compile("(?i)message.*(larger than|too large|exceeds)");

  /** Evaluates how attempts end. */
  interface Judge {
    /** Returns the failure that the status stands for; null for OK. */
    @Nullable Failure judge(Attempt<?, ?, ?> attempt, Status status, Metadata trailers);
  }

  /** Is notified once of an attempt's answer or failure; must not throw. */
  interface Listener<A> {
    void ended(@Nullable A answer, @Nullable Failure failure);
  }

  private final PendingCall<Q, P, A> call;
  private final Timing timing;
  private final Judge judge;
  private final Listener<A> listener;

  private @Nullable ClientCall<Q, P> grpcCall;
  private @Nullable ScheduledFuture<?> timer;
  private boolean ended;
  private volatile @Nullable Backend backend;
  private volatile long waitingSinceNanos;
  private volatile @Nullable String obstacle;
  private boolean answering;
  private @Nullable P response;
  private @Nullable String servedBy;
  private volatile @Nullable AttemptSpan span;

  Attempt(PendingCall<Q, P, A> call, Timing timing, Judge judge, Listener<A> listener) {
    this.call = call;
    this.timing = timing;
    this.judge = judge;
    this.listener = listener;
    this.waitingSinceNanos = timing.nanoTime();
  }

  void start(Channel channel, AttemptSpan.Target target) {
    var options = OPTIONS.withOption(KEY, this).withDeadline(call.deadline());
    var starting = channel.newCall(call.method(), options);
    Metadata headers = new Metadata();
    call.addTo(headers);
    span = AttemptSpan.start(call, target, headers);
    starting.start(this, headers);
    starting.request(2); // One more than expected, to detect a second response.
    starting.sendMessage(call.request());
    starting.halfClose();
    boolean endedMeanwhile;
    synchronized (this) {
      // Set only now: gRPC does not allow cancelling a call while it starts.
      grpcCall = starting;
      endedMeanwhile = ended;
    }
    if (endedMeanwhile) {
      starting.cancel("ended by the client", null);
    }
  }

  void cancel() {
    abort(Status.CANCELLED.withDescription("cancelled by the caller"));
  }

  PendingCall<Q, P, A> call() {
    return call;
  }

  long nanoTime() {
    return timing.nanoTime();
  }

  /** Returns the backend that took the attempt; null if none has yet. */
  @Nullable Backend backend() {
    return backend;
  }

  /** Notes that a connected backend takes the attempt. */
  void assigned(Backend taker) {
    backend = taker;
    waitingSinceNanos = timing.nanoTime();
    synchronized (this) {
      if (timer != null) {
        timer.cancel(false);
        timer = null;
      }
      // If less time is left, the call's deadline ends the attempt.
      long timeoutNanos = call.attemptTimeout().toNanos();
      if (!ended && call.remainingNanos() > timeoutNanos) {
        timer = timing.schedule(this::timeOut, timeoutNanos);
      }
    }
  }

  /** Notes why no backend can take the attempt yet. */
  void unreachable(String reason) {
    obstacle = reason;
  }

  /**
   * Returns how long it has waited for its backend's answer or, if it has none yet, for a backend.
   */
  long waitedNanos() {
    return timing.nanoTime() - waitingSinceNanos;
  }

  private void timeOut() {
    String description =
        "no answer from " + backend + " within " + millis(call.attemptTimeout().toNanos());
    // In the call's context, which a timer does not have.
    call.context().run(() -> abort(Status.DEADLINE_EXCEEDED.withDescription(description)));
  }

  @Override
  public void onHeaders(Metadata headers) {
    answering = true;
    servedBy = headers.get(ServedBy.KEY);
  }

  @Override
  public void onMessage(P message) {
    if (response != null) {
      abort(Status.INTERNAL.withDescription("more than one response"));
    }
    response = message;
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    if (status.isOk() && response == null) {
      end(Status.INTERNAL.withDescription("OK without a response"), trailers);
    } else if (isRequestTooLarge(status)) {
      String description = "request too large for " + backend + ": " + status.getDescription();
      end(Status.INVALID_ARGUMENT.withDescription(description), trailers);
    } else {
      end(worded(status), trailers);
    }
  }

  /** Returns the status with a description that names the backend and its error. */
  private Status worded(Status status) {
    boolean timeIsOver =
        status.getCode() == Status.Code.DEADLINE_EXCEEDED && call.remainingNanos() <= 0;
    if (timeIsOver && backend != null) {
      return status.withDescription(
          "no answer from " + backend + " within " + millis(waitedNanos()));
    }
    if (timeIsOver) {
      String description = "no balancer available within " + millis(call.limitNanos());
      String reason = obstacle;
      return status.withDescription(reason == null ? description : description + ": " + reason);
    }
    String reason = FailureText.ofCall(status);
    if (reason == null) {
      return status;
    }
    return status.withDescription(backend == null ? reason : reason + ": " + backend);
  }

  private static String millis(long nanos) {
    return Math.round(nanos / 1e6) + " ms";
  }

  /**
   * Whether the backend rejected the request unread because of its size. gRPC libraries report that
   * as if the backend were overloaded, each in its own words.
   */
  private boolean isRequestTooLarge(Status status) {
    String description = status.getDescription();
    return status.getCode() == Status.Code.RESOURCE_EXHAUSTED
        && !answering
        && description != null
        && TOO_LARGE.matcher(description).find();
  }

  /** Ends the attempt from the client's side. */
  private void abort(Status status) {
    end(status, new Metadata());
    ClientCall<Q, P> started;
    synchronized (this) {
      started = grpcCall;
    }
    if (started != null) {
      started.cancel(status.getDescription(), null);
    }
  }

  private void end(Status status, Metadata trailers) {
    if (isFirstEnd()) {
      A answer = null;
      Failure failure;
      try {
        endSpan(status);
        failure = judge.judge(this, status, trailers);
        answer = failure == null ? answer() : null;
      } catch (RuntimeException | Error e) {
        // Nothing else would end the attempt, and its caller would wait forever.
        failure = Failure.internal(e);
      }
      listener.ended(answer, failure);
    }
  }

  /** Ends the attempt with an internal error of the client. */
  void end(Throwable error) {
    if (isFirstEnd()) {
      endSpan(Status.INTERNAL);
      listener.ended(null, Failure.internal(error));
    }
  }

  private void endSpan(Status status) {
    AttemptSpan started = span;
    if (started != null) {
      started.end(status, backend);
    }
  }

  /** Returns false if the attempt has ended before: the first end counts. */
  private synchronized boolean isFirstEnd() {
    if (ended) {
      return false;
    }
    ended = true;
    if (timer != null) {
      timer.cancel(false);
    }
    return true;
  }

  private A answer() {
    return call.answer(Objects.requireNonNull(response), servedBy, backend);
  }
}
