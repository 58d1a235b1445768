package io.redirectbalancer.trace.otel;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.redirectbalancer.trace.Tracing;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** Tracing whose spans stay in memory; samples as the caller has decided, else all. */
public final class RecordedTraces implements AutoCloseable {
  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final OtelTracing tracing =
      new OtelTracing(
          OpenTelemetrySdk.builder()
              .setTracerProvider(
                  SdkTracerProvider.builder()
                      .setSampler(Sampler.parentBased(Sampler.alwaysOn()))
                      .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                      .build())
              .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
              .build(),
          new ExportLimit(),
          EarlySampling.of("parentbased_always_on", null),
          new EarlySampling.Ids());

  /** Returns what to give a server. */
  public Tracing tracing() {
    return tracing;
  }

  /** Waits until so many spans have ended, and returns all, in the order of their beginnings. */
  public List<SpanData> await(int spans) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(10))
        .until(() -> exporter.getFinishedSpanItems().size() >= spans);
    return spans();
  }

  /** Returns the spans that have ended, in the order of their beginnings. */
  public List<SpanData> spans() {
    return exporter.getFinishedSpanItems().stream()
        .sorted((a, b) -> Long.compare(a.getStartEpochNanos(), b.getStartEpochNanos()))
        .toList();
  }

  @Override
  public void close() {
    tracing.close();
  }
}
