package io.redirectbalancer.trace.otel;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Drops the spans for which there is no room, and counts them. The SDK's own queue drops as well,
 * but tells nobody but its own meters. Here those that wait and those that are being sent count
 * together, so that its queue is never full.
 */
final class ExportLimit {
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicLong exported = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private volatile int max = Integer.MAX_VALUE;

  /** Sets how many spans may wait: OTEL_BSP_MAX_QUEUE_SIZE. */
  void limit(int spans) {
    max = spans;
  }

  void bindTo(MeterRegistry registry) {
    FunctionCounter.builder("trace.spans.exported", exported, AtomicLong::doubleValue)
        .description("Spans that the receiver has taken")
        .register(registry);
    FunctionCounter.builder("trace.spans.dropped", dropped, AtomicLong::doubleValue)
        .description(
            "Spans that were dropped, since too many waited or the receiver did not take them")
        .register(registry);
  }

  /** Stands before the processor that queues spans. */
  SpanProcessor before(SpanProcessor queue) {
    return new Entrance(queue);
  }

  /** Stands before the exporter. */
  SpanExporter before(SpanExporter exporter) {
    return new Exit(exporter);
  }

  private final class Entrance implements SpanProcessor {
    private final SpanProcessor queue;

    Entrance(SpanProcessor queue) {
      this.queue = queue;
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
      queue.onStart(parent, span);
    }

    @Override
    public boolean isStartRequired() {
      return queue.isStartRequired();
    }

    @Override
    public void onEnd(ReadableSpan span) {
      if (!span.getSpanContext().isSampled()) {
        return; // Recorded, but not to be exported.
      }
      if (underWay.incrementAndGet() > max) {
        underWay.decrementAndGet();
        dropped.incrementAndGet();
      } else {
        queue.onEnd(span);
      }
    }

    @Override
    public boolean isEndRequired() {
      return true;
    }

    @Override
    public CompletableResultCode shutdown() {
      return queue.shutdown();
    }

    @Override
    public CompletableResultCode forceFlush() {
      return queue.forceFlush();
    }
  }

  private final class Exit implements SpanExporter {
    private final SpanExporter exporter;

    Exit(SpanExporter exporter) {
      this.exporter = exporter;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      int count = spans.size();
      CompletableResultCode result = exporter.export(spans);
      return result.whenComplete(
          () -> {
            underWay.addAndGet(-count);
            (result.isSuccess() ? exported : dropped).addAndGet(count);
          });
    }

    @Override
    public CompletableResultCode flush() {
      return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
      return exporter.shutdown();
    }
  }
}
