package io.redirectbalancer.server;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.health.v1.HealthGrpc;
import io.redirectbalancer.call.CallEvents;
import io.redirectbalancer.metrics.GrpcServerMetrics;
import io.redirectbalancer.metrics.GrpcServerMetrics.MethodMeters;
import io.redirectbalancer.trace.TraceSpan;
import io.redirectbalancer.trace.Tracing;
import io.redirectbalancer.trace.Tracing.Headers;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives each call a span, by OpenTelemetry's conventions for gRPC servers, and its end an exemplar:
 * for gRPC's own transport as a tracer, for our HTTP/2 server as its events. Health checks have no
 * spans: there is nothing to learn from them, and a watch lasts for hours. Thread-safe.
 */
final class TracedCalls extends ServerStreamTracer.Factory implements CallEvents {
  private static final String HEALTH = HealthGrpc.SERVICE_NAME + "/";

  /** The codes that are errors of the server. */
  private static final Set<Status.Code> ERRORS =
      EnumSet.of(
          Status.Code.UNKNOWN,
          Status.Code.DEADLINE_EXCEEDED,
          Status.Code.UNIMPLEMENTED,
          Status.Code.INTERNAL,
          Status.Code.UNAVAILABLE,
          Status.Code.DATA_LOSS);

  /** By name: the propagators' own, which are few. */
  private static final Map<String, Metadata.Key<String>> KEYS = new ConcurrentHashMap<>();

  private final Tracing tracing;
  private final GrpcServerMetrics metrics;

  TracedCalls(Tracing tracing, GrpcServerMetrics metrics) {
    this.tracing = tracing;
    this.metrics = metrics;
  }

  @Override
  public OpenCall started(String method, Headers headers, @Nullable SocketAddress peer) {
    MethodMeters meters = metrics.meters(method);
    meters.started();
    TraceSpan span = start(method, headers);
    if (span.isRecording()) {
      describe(span, method, peer);
    }
    return new Heard(meters, span);
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    ServerStreamTracer counting = metrics.newServerStreamTracer(method, headers);
    TraceSpan span = start(method, name -> headers.get(key(name)));
    return span == TraceSpan.NONE ? counting : new Tracer(counting, span, method);
  }

  private TraceSpan start(String method, Headers headers) {
    if (method.startsWith(HEALTH)) {
      return TraceSpan.NONE;
    }
    return tracing.server(
        metrics.methods().contains(method) ? method : Tracing.UNKNOWN_METHOD, headers);
  }

  private static Metadata.Key<String> key(String name) {
    return KEYS.computeIfAbsent(name, n -> Metadata.Key.of(n, Metadata.ASCII_STRING_MARSHALLER));
  }

  private void describe(TraceSpan span, String method, @Nullable SocketAddress peer) {
    if (!metrics.methods().contains(method)) {
      span.set("rpc.method_original", method);
    }
    if (peer instanceof InetSocketAddress internet && !internet.isUnresolved()) {
      span.set("network.peer.address", internet.getAddress().getHostAddress());
      span.set("network.peer.port", internet.getPort());
    }
  }

  /** Ends a span once the call has been counted, with a sampled one as the exemplar. */
  private static void end(TraceSpan span, Status.Code code, Runnable count) {
    if (span.isSampled()) {
      TraceSpan.run(span, count);
    } else {
      count.run();
    }
    if (span.isRecording()) {
      span.set("rpc.status_code", code.name());
      if (ERRORS.contains(code)) {
        span.fail(code.name(), null);
      }
    }
    span.end();
  }

  private record Heard(MethodMeters meters, TraceSpan span) implements OpenCall {
    @Override
    public void closed(Status.Code code, long nanos) {
      if (span.isRecording()) {
        end(span, code, () -> meters.closed(code, nanos));
      } else {
        meters.closed(code, nanos);
      }
    }
  }

  private final class Tracer extends ServerStreamTracer {
    private final ServerStreamTracer counting;
    private final TraceSpan span;
    private final String method;

    Tracer(ServerStreamTracer counting, TraceSpan span, String method) {
      this.counting = counting;
      this.span = span;
      this.method = method;
    }

    @Override
    public Context filterContext(Context context) {
      return TraceSpan.in(counting.filterContext(context), span);
    }

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
      if (span.isRecording()) {
        Attributes attributes = call.getAttributes();
        describe(span, method, attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
      }
    }

    @Override
    public void streamClosed(Status status) {
      end(span, GrpcServerMetrics.code(status), () -> counting.streamClosed(status));
    }
  }
}
