package io.redirectbalancer.metrics;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Counts and times calls by method and status code, under the names and labels of the Go
 * interceptors (go-grpc-prometheus), for which dashboards exist. A call counts as handled when its
 * stream closes: only there do malformed, oversized and cancelled calls show as well. Thread-safe.
 */
public final class GrpcServerMetrics extends ServerStreamTracer.Factory {
  private static final Duration[] BUCKETS =
      LongStream.of(
              50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000,
              500_000, 1_000_000)
          .mapToObj(micros -> Duration.ofNanos(1_000 * micros))
          .toArray(Duration[]::new);

  private static final String CONNECTION_GONE = "connection terminated for unknown reason";

  private final Map<String, MethodMeters> methods;
  private final MethodMeters unknown;

  /** Registers the meters of all served methods; any other method counts as {@code unknown}. */
  public GrpcServerMetrics(MeterRegistry registry, Collection<MethodDescriptor<?, ?>> served) {
    methods =
        served.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    MethodDescriptor::getFullMethodName,
                    method -> new MethodMeters(registry, labels(method))));
    unknown = new MethodMeters(registry, labels("unary", "unknown", "unknown"));
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new CallTracer(meters(fullMethodName));
  }

  /** Returns the meters of a method, for calls that no tracer sees. */
  public MethodMeters meters(String method) {
    return methods.getOrDefault(method, unknown);
  }

  /** Returns the full names of the methods that are served. */
  public Set<String> methods() {
    return methods.keySet();
  }

  /** Returns the meters of calls for methods that are not served. */
  public MethodMeters unknown() {
    return unknown;
  }

  private static Tags labels(MethodDescriptor<?, ?> method) {
    String type =
        switch (method.getType()) {
          case CLIENT_STREAMING -> "client_stream";
          case SERVER_STREAMING -> "server_stream";
          case BIDI_STREAMING -> "bidi_stream";
          default -> "unary";
        };
    return labels(
        type, String.valueOf(method.getServiceName()), String.valueOf(method.getBareMethodName()));
  }

  private static Tags labels(String type, String service, String method) {
    return Tags.of("grpc_type", type, "grpc_service", service, "grpc_method", method);
  }

  /** Returns the code as Go spells it: {@code INVALID_ARGUMENT} is {@code InvalidArgument}. */
  static String goName(Status.Code code) {
    if (code == Status.Code.OK) {
      return "OK";
    }
    if (code == Status.Code.CANCELLED) {
      return "Canceled";
    }
    StringBuilder name = new StringBuilder();
    for (String word : code.name().split("_", -1)) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return name.toString();
  }

  /** The meters of one method. */
  public static final class MethodMeters {
    private final Counter started;
    private final Counter[] handled = new Counter[Status.Code.values().length];
    private final Timer handling;

    MethodMeters(MeterRegistry registry, Tags labels) {
      started =
          Counter.builder("grpc.server.started")
              .description("Calls received")
              .tags(labels)
              .register(registry);
      for (Status.Code code : Status.Code.values()) {
        handled[code.value()] =
            Counter.builder("grpc.server.handled")
                .description("Calls that ended, by status code")
                .tags(labels.and("grpc_code", goName(code)))
                .register(registry);
      }
      handling =
          Timer.builder("grpc.server.handling")
              .description("From the headers of a call to the end of its stream")
              .tags(labels)
              .serviceLevelObjectives(BUCKETS)
              .register(registry);
    }

    /** Counts the beginning of a call. */
    public void started() {
      started.increment();
    }

    /** Counts and times the end of a call. */
    public void closed(Status.Code code, long nanos) {
      handling.record(nanos, TimeUnit.NANOSECONDS);
      handled[code.value()].increment();
    }
  }

  /**
   * Returns a call's status code, with one correction: if the caller's connection is lost during a
   * call, gRPC reports UNAVAILABLE with exactly this description. No code is sent in that case; to
   * the server it is a cancellation, like a reset (https://grpc.io/docs/guides/status-codes).
   */
  public static Status.Code code(Status status) {
    return status.getCode() == Status.Code.UNAVAILABLE
            && CONNECTION_GONE.equals(status.getDescription())
        ? Status.Code.CANCELLED
        : status.getCode();
  }

  private static final class CallTracer extends ServerStreamTracer {
    private final MethodMeters meters;
    private final long startNanos = System.nanoTime();
    private boolean started;

    CallTracer(MethodMeters meters) {
      this.meters = meters;
    }

    /**
     * Called once gRPC has read the headers; if it cannot read them, it never closes the stream.
     */
    @Override
    public Context filterContext(Context context) {
      start();
      return context;
    }

    @Override
    public void streamClosed(Status status) {
      start();
      meters.closed(code(status), System.nanoTime() - startNanos);
    }

    private void start() {
      if (!started) {
        started = true;
        meters.started();
      }
    }
  }
}
