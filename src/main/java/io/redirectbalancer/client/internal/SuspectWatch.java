package io.redirectbalancer.client.internal;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Checks a suspect backend's health until it answers, so that no call has to find out. Each check
 * gets an attempt's time-out, however short the unanswered calls were: callers in a hurry must not
 * make a live backend look dead.
 */
final class SuspectWatch {
  private final Channel channel;
  private final Duration timeout;
  private final Timing timing;

  SuspectWatch(Channel channel, Duration timeout, Timing timing) {
    this.channel = channel;
    this.timeout = timeout;
    this.timing = timing;
  }

  /** Starts checking; stops once the backend is no longer suspect. */
  void begin(Backend backend) {
    // Not in the caller's context, which ends with its call.
    Context.ROOT.run(() -> ask(backend));
  }

  private void ask(Backend backend) {
    CallOptions options =
        CallOptions.DEFAULT
            .withOption(FleetPicker.ONLY, backend)
            .withDeadline(Deadline.after(timeout.toNanos(), TimeUnit.NANOSECONDS, timing.ticker()));
    ClientCall<HealthCheckRequest, HealthCheckResponse> call =
        channel.newCall(HealthGrpc.getCheckMethod(), options);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            ended(backend, status);
          }
        },
        new Metadata());
    call.request(1);
    call.sendMessage(HealthCheckRequest.getDefaultInstance());
    call.halfClose();
  }

  /**
   * Any answer will do; if the connection is gone, the load balancer excludes the backend anyway.
   */
  private void ended(Backend backend, Status status) {
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      var unused = timing.schedule(() -> begin(backend), timeout.toNanos());
    } else {
      backend.heard();
    }
  }
}
