package io.redirectbalancer.trace.otel;

import io.grpc.Metadata;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import io.redirectbalancer.trace.TraceSpan;
import org.jspecify.annotations.Nullable;

/**
 * A span of OpenTelemetry.
 *
 * @param parent what else the caller has sent with its span, such as baggage
 */
record OtelSpan(Span span, Context parent, Tracer tracer, TextMapPropagator propagator)
    implements TraceSpan {
  private static final TextMapSetter<Metadata> HEADERS =
      (headers, name, value) -> {
        if (headers != null) {
          headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
        }
      };

  @Override
  public boolean isRecording() {
    return span.isRecording();
  }

  @Override
  public boolean isSampled() {
    return span.getSpanContext().isSampled();
  }

  @Override
  public String traceId() {
    return span.getSpanContext().getTraceId();
  }

  @Override
  public String spanId() {
    return span.getSpanContext().getSpanId();
  }

  @Override
  public void set(String name, String value) {
    span.setAttribute(name, value);
  }

  @Override
  public void set(String name, long value) {
    span.setAttribute(name, value);
  }

  @Override
  public void set(String name, boolean value) {
    span.setAttribute(name, value);
  }

  @Override
  public TraceSpan child(Kind kind, String name) {
    if (!span.isRecording()) {
      return this; // Whoever receives the trace shall see the same parent.
    }
    Span child =
        tracer
            .spanBuilder(name)
            .setSpanKind(kind == Kind.CLIENT ? SpanKind.CLIENT : SpanKind.INTERNAL)
            .setParent(parent.with(span))
            .startSpan();
    return new OtelSpan(child, parent, tracer, propagator);
  }

  @Override
  public void inject(Metadata headers) {
    propagator.inject(parent.with(span), headers, HEADERS);
  }

  @Override
  public void fail(String type, @Nullable String description) {
    span.setAttribute("error.type", type);
    span.setStatus(StatusCode.ERROR, description == null ? "" : description);
  }

  @Override
  public void end() {
    span.end();
  }
}
