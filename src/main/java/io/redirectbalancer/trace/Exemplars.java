package io.redirectbalancer.trace;

import io.prometheus.metrics.tracer.common.SpanContext;
import org.jspecify.annotations.Nullable;

/** Lets a histogram's buckets name a sampled call that is one of theirs. */
public final class Exemplars implements SpanContext {
  @Override
  public @Nullable String getCurrentTraceId() {
    TraceSpan span = TraceSpan.current();
    return span.isSampled() ? span.traceId() : null;
  }

  @Override
  public @Nullable String getCurrentSpanId() {
    TraceSpan span = TraceSpan.current();
    return span.isSampled() ? span.spanId() : null;
  }

  @Override
  public boolean isCurrentSpanSampled() {
    return TraceSpan.current().isSampled();
  }

  @Override
  public void markCurrentSpanAsExemplar() {}
}
