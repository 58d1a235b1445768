package io.redirectbalancer.client.internal;

import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.client.CircuitBreaker;
import io.redirectbalancer.client.HostPort;
import io.redirectbalancer.trace.TraceSpan;
import io.redirectbalancer.trace.TraceSpan.Kind;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An attempt's span, by OpenTelemetry's conventions for gRPC clients. Thread-safe. */
final class AttemptSpan {
  private static final AttemptSpan NONE = new AttemptSpan(TraceSpan.NONE);

  private final TraceSpan span;

  /**
   * Whom a client calls, as it was told.
   *
   * @param port -1 if there is none
   */
  record Target(String address, int port) {
    /** Returns the target of this name, such as {@code host:port}. */
    static Target named(String name) {
      return HostPort.parse(name)
          .map(server -> new Target(server.getHostString(), server.getPort()))
          .orElse(new Target(name, -1));
    }
  }

  private AttemptSpan(TraceSpan span) {
    this.span = span;
  }

  /** Starts it, and adds the headers by which the backend continues the trace. */
  static AttemptSpan start(PendingCall<?, ?, ?> call, Target target, Metadata headers) {
    if (call.span() == TraceSpan.NONE) {
      return NONE;
    }
    String method = call.method().getFullMethodName();
    TraceSpan span = call.span().child(Kind.CLIENT, method);
    span.inject(headers);
    if (span.isRecording()) {
      span.set("rpc.system.name", "grpc");
      span.set("rpc.method", method);
      describe("server", target, span);
      span.set("redirect.attempt", call.attempts());
      Status.Code failure = call.lastFailure();
      if (failure != null) {
        span.set("redirect.retry.reason", text(failure));
      }
      CircuitBreaker.State breaker = call.breakerState();
      if (breaker != null) {
        span.set("redirect.breaker.state", text(breaker));
      }
    }
    return new AttemptSpan(span);
  }

  /**
   * Ends it.
   *
   * @param backend which took the attempt; null if none did
   */
  void end(Status status, @Nullable Backend backend) {
    if (span.isRecording()) {
      span.set("rpc.status_code", status.getCode().name());
      if (backend != null) {
        describe("network.peer", Target.named(backend.toString()), span);
      }
      if (!status.isOk()) {
        span.fail(status.getCode().name(), status.getDescription());
      }
    }
    span.end();
  }

  private static void describe(String what, Target target, TraceSpan span) {
    span.set(what + ".address", target.address);
    if (target.port >= 0) {
      span.set(what + ".port", target.port);
    }
  }

  /** Returns a constant's name as attributes have it. */
  static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
