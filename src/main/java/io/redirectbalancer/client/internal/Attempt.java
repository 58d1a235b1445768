package io.redirectbalancer.client.internal;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.call.ServedBy;
import io.redirectbalancer.client.RedirectAnswer;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.transport.FailureText;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call: waits for a backend as long as the call may take; once it has one, the
 * attempt's own time runs.
 */
final class Attempt extends ClientCall.Listener<Response> {
  /** How the load balancer finds the attempt that it picks a backend for. */
  static final CallOptions.Key<Attempt> KEY =
      CallOptions.Key.create("io.redirectbalancer.client.internal.Attempt");

  private static final CallOptions OPTIONS = CallOptions.DEFAULT.withWaitForReady();

  private static final Metadata.Key<String> VIA =
      Metadata.Key.of("redirect-via", Metadata.ASCII_STRING_MARSHALLER);

  private static final Pattern TOO_LARGE =
      Pattern.compile("(?i)message.*(larger than|too large|exceeds)");

  /** Takes note of how attempts end. */
  interface Judge {
    /** The failure that the status amounts to; null for OK. */
    @Nullable Failure judge(Attempt attempt, Status status, Metadata trailers);
  }

  /** Is told, once, of an attempt's answer or of its failure; must not throw. */
  interface Listener {
    void ended(@Nullable RedirectAnswer answer, @Nullable Failure failure);
  }

  private final PendingCall call;
  private final Duration timeout;
  private final Timing timing;
  private final Judge judge;
  private final Listener listener;

  private @Nullable ClientCall<Request, Response> grpcCall;
  private @Nullable ScheduledFuture<?> timer;
  private boolean ended;
  private volatile @Nullable Backend backend;
  private volatile long waitingSinceNanos;
  private volatile @Nullable String obstacle;
  private boolean answering;
  private @Nullable Response response;
  private @Nullable String servedBy;

  Attempt(PendingCall call, Duration timeout, Timing timing, Judge judge, Listener listener) {
    this.call = call;
    this.timeout = timeout;
    this.timing = timing;
    this.judge = judge;
    this.listener = listener;
    this.waitingSinceNanos = timing.nanoTime();
  }

  void start(Channel channel) {
    var options = OPTIONS.withOption(KEY, this).withDeadline(call.deadline());
    var starting = channel.newCall(loadBalancerGrpc.getRedirectMethod(), options);
    Metadata headers = new Metadata();
    call.via().ifPresent(proxies -> headers.put(VIA, proxies));
    starting.start(this, headers);
    starting.request(2); // One more than there should be, so that a second one shows.
    starting.sendMessage(Request.newBuilder().setVideo(call.message()).build());
    starting.halfClose();
    boolean endedMeanwhile;
    synchronized (this) {
      // Only now: gRPC does not allow for a call to be cancelled while it is started.
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

  PendingCall call() {
    return call;
  }

  long nanoTime() {
    return timing.nanoTime();
  }

  /** The backend that took it; null as long as none did. */
  @Nullable Backend backend() {
    return backend;
  }

  /** A backend that is connected takes it. */
  void assigned(Backend taker) {
    backend = taker;
    waitingSinceNanos = timing.nanoTime();
    synchronized (this) {
      if (timer != null) {
        timer.cancel(false);
        timer = null;
      }
      // With less time left than that, the call's deadline ends the attempt.
      if (!ended && call.remainingNanos() > timeout.toNanos()) {
        timer = timing.schedule(this::timeOut, timeout.toNanos());
      }
    }
  }

  /** There is no backend to take it yet, and this is why. */
  void unreachable(String reason) {
    obstacle = reason;
  }

  /** How long it has waited for its backend's answer, or for a backend as long as it has none. */
  long waitedNanos() {
    return timing.nanoTime() - waitingSinceNanos;
  }

  private void timeOut() {
    String description = "no answer from " + backend + " within " + millis(timeout.toNanos());
    abort(Status.DEADLINE_EXCEEDED.withDescription(description));
  }

  @Override
  public void onHeaders(Metadata headers) {
    answering = true;
    servedBy = headers.get(ServedBy.KEY);
  }

  @Override
  public void onMessage(Response message) {
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

  /** The same in words that name the backend and what is wrong with it. */
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
   * Whether the backend took no look at the request because of its size, which gRPC's libraries,
   * each in its own words, report as if the backend were overloaded.
   */
  private boolean isRequestTooLarge(Status status) {
    String description = status.getDescription();
    return status.getCode() == Status.Code.RESOURCE_EXHAUSTED
        && !answering
        && description != null
        && TOO_LARGE.matcher(description).find();
  }

  /** Ends it from this side. */
  private void abort(Status status) {
    end(status, new Metadata());
    ClientCall<Request, Response> started;
    synchronized (this) {
      started = grpcCall;
    }
    if (started != null) {
      started.cancel(status.getDescription(), null);
    }
  }

  private void end(Status status, Metadata trailers) {
    if (isFirstEnd()) {
      RedirectAnswer answer = null;
      Failure failure;
      try {
        failure = judge.judge(this, status, trailers);
        answer = failure == null ? answer() : null;
      } catch (RuntimeException | Error e) {
        // Nobody else would end the attempt, and its caller would wait for ever.
        failure = Failure.internal(e);
      }
      listener.ended(answer, failure);
    }
  }

  /** Ends it with an error of the client's own. */
  void end(Throwable error) {
    if (isFirstEnd()) {
      listener.ended(null, Failure.internal(error));
    }
  }

  /** Whether it has not ended before: the first end counts. */
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

  private RedirectAnswer answer() {
    String url = Objects.requireNonNull(response).getRedirect();
    String name = Objects.requireNonNullElseGet(servedBy, () -> String.valueOf(backend));
    return new RedirectAnswer(url, false, Optional.of(name));
  }
}
