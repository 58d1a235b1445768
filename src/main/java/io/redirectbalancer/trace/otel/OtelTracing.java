package io.redirectbalancer.trace.otel;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.redirectbalancer.trace.TraceSpan;
import io.redirectbalancer.trace.Tracing;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Tracing by the OpenTelemetry SDK, which reads its own environment variables. Spans are queued and
 * sent by a thread of their own; when the queue is full they are dropped, so no call ever waits.
 */
public final class OtelTracing implements Tracing {
  private static final String SCOPE = "io.redirectbalancer";
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("rpc.system.name");
  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("rpc.method");
  private static final String GRPC = "grpc";
  private static final Duration FLUSH_LIMIT = Duration.ofSeconds(2);
  private static final int DEFAULT_QUEUE = 2048;

  private static final String TRACEPARENT = "traceparent";

  /** The headers of the default propagators, with which early sampling is possible. */
  private static final Set<String> FIELDS = Set.of(TRACEPARENT, "tracestate", "baggage");

  private static final TextMapGetter<Headers> HEADERS =
      (headers, name) -> headers == null ? null : headers.get(name);

  private final OpenTelemetrySdk sdk;
  private final ExportLimit limit;
  private final Tracer tracer;
  private final TextMapPropagator propagator;
  private final EarlySampling sampling;
  private final EarlySampling.Ids ids;

  /**
   * @param sampling of the SDK's sampler
   * @param ids what the SDK has its ids from
   */
  OtelTracing(
      OpenTelemetrySdk sdk, ExportLimit limit, EarlySampling sampling, EarlySampling.Ids ids) {
    this.sdk = sdk;
    this.limit = limit;
    this.ids = ids;
    tracer = ((OpenTelemetry) sdk).getTracer(SCOPE);
    propagator = sdk.getPropagators().getTextMapPropagator();
    Collection<String> fields = propagator.fields();
    this.sampling =
        fields.contains(TRACEPARENT) && FIELDS.containsAll(fields) ? sampling : EarlySampling.NONE;
  }

  /**
   * Starts tracing as the environment's variables of OpenTelemetry say.
   *
   * @param service the service's name if no variable has one
   * @param instance the instance's name, if it has one
   * @throws IllegalArgumentException if a variable is invalid
   */
  public static OtelTracing start(String service, Optional<String> instance) {
    ExportLimit limit = new ExportLimit();
    var sampling = new AtomicReference<>(EarlySampling.NONE);
    EarlySampling.Ids ids = new EarlySampling.Ids();
    try {
      OpenTelemetrySdk sdk =
          AutoConfiguredOpenTelemetrySdk.builder()
              .disableShutdownHook()
              .setComponentLoader(new Components())
              .addPropertiesSupplier(() -> Map.of("otel.service.name", service))
              .addPropertiesCustomizer(
                  given -> {
                    limit.limit(given.getInt("otel.bsp.max.queue.size", DEFAULT_QUEUE));
                    sampling.set(
                        EarlySampling.of(
                            given.getString("otel.traces.sampler"),
                            given.getDouble("otel.traces.sampler.arg")));
                    // Prometheus has the metrics, standard output the logs.
                    return Map.of("otel.metrics.exporter", "none", "otel.logs.exporter", "none");
                  })
              .addResourceCustomizer((given, config) -> of(instance).merge(given))
              .addTracerProviderCustomizer((provider, config) -> provider.setIdGenerator(ids))
              .addSpanExporterCustomizer((exporter, config) -> limit.before(exporter))
              .addSpanProcessorCustomizer((queue, config) -> limit.before(queue))
              .build()
              .getOpenTelemetrySdk();
      return new OtelTracing(sdk, limit, Objects.requireNonNull(sampling.get()), ids);
    } catch (io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException e) {
      throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Resource of(Optional<String> instance) {
    return instance
        .map(
            name ->
                Resource.builder().put(AttributeKey.stringKey("service.instance.id"), name).build())
        .orElseGet(Resource::empty);
  }

  @Override
  public boolean isOn() {
    return true;
  }

  @Override
  public TraceSpan server(String method, Headers headers) {
    String traceparent = headers.get(TRACEPARENT);
    if (traceparent == null && sampling.ratio() < 1) {
      long lowId = ThreadLocalRandom.current().nextLong();
      if (sampling.drops(lowId)) {
        return new UnsampledSpan(() -> unsampled(headers, lowId));
      }
      ids.choose(lowId);
    } else if (traceparent != null && sampling.drops(traceparent)) {
      return new UnsampledSpan(() -> unsampled(headers, ThreadLocalRandom.current().nextLong()));
    }
    return begin(method, headers);
  }

  /** Returns the span of a call that is not sampled, in its caller's trace if there is one. */
  private TraceSpan unsampled(Headers headers, long lowId) {
    Context parent = propagator.extract(Context.root(), headers, HEADERS);
    SpanContext caller = Span.fromContext(parent).getSpanContext();
    Span span =
        Span.wrap(
            SpanContext.create(
                caller.isValid() ? caller.getTraceId() : EarlySampling.Ids.traceId(lowId),
                ids.generateSpanId(),
                TraceFlags.getDefault(),
                caller.getTraceState()));
    return new OtelSpan(span, parent, tracer, propagator);
  }

  private TraceSpan begin(String method, Headers headers) {
    Context parent = propagator.extract(Context.root(), headers, HEADERS);
    // By the conventions, a name that anybody can make up is in no span's name.
    Span span =
        tracer
            .spanBuilder(method.equals(UNKNOWN_METHOD) ? GRPC : method)
            .setSpanKind(SpanKind.SERVER)
            .setParent(parent)
            .setAttribute(SYSTEM, GRPC)
            .setAttribute(METHOD, method)
            .startSpan();
    return new OtelSpan(span, parent, tracer, propagator);
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    limit.bindTo(registry);
  }

  @Override
  public void close() {
    sdk.getSdkTracerProvider().shutdown().join(FLUSH_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
  }
}
