package io.redirectbalancer.trace.otel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of spans when their receiver is slow, full or down. */
class ExportLimitTest {
  private static final int LIMIT = 10;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Queue<CompletableResultCode> pending = new ConcurrentLinkedQueue<>();
  private final ExportLimit limit = new ExportLimit();
  private final OtelTracing tracing;

  ExportLimitTest() {
    limit.limit(LIMIT);
    BatchSpanProcessor queue =
        BatchSpanProcessor.builder(limit.before(new Receiver()))
            .setMaxQueueSize(LIMIT)
            .setMaxExportBatchSize(1)
            .setScheduleDelay(Duration.ofMillis(1))
            .build();
    SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(limit.before(queue)).build();
    tracing =
        new OtelTracing(
            OpenTelemetrySdk.builder()
                .setTracerProvider(provider)
                .setPropagators(ContextPropagators.noop())
                .build(),
            limit,
            EarlySampling.NONE,
            new EarlySampling.Ids());
    tracing.bindTo(registry);
  }

  @AfterEach
  void close() {
    pending.forEach(CompletableResultCode::fail);
    tracing.close();
  }

  @Test
  void spansForWhichThereIsNoRoomAreDroppedAndCounted() {
    for (int i = 0; i < LIMIT + 5; i++) {
      tracing.server("a/b", name -> null).end();
    }

    assertThat(count("dropped")).isEqualTo(5);
  }

  @Test
  void spansThatTheReceiverTakesMakeRoom() {
    tracing.server("a/b", name -> null).end();
    await().until(() -> pending.size() == 1);
    pending.remove().succeed();

    assertThat(count("exported")).isEqualTo(1);
    for (int i = 0; i < LIMIT; i++) {
      tracing.server("a/b", name -> null).end();
    }
    assertThat(count("dropped")).isZero();
  }

  @Test
  void spansThatTheReceiverDoesNotTakeAreCountedAsDropped() {
    tracing.server("a/b", name -> null).end();
    await().until(() -> pending.size() == 1);
    pending.remove().fail();

    assertThat(count("dropped")).isEqualTo(1);
    assertThat(count("exported")).isZero();
  }

  @Test
  void theEndWaitsForASilentReceiverTwoSecondsAtMost() {
    tracing.server("a/b", name -> null).end();
    long begin = System.nanoTime();

    tracing.close();

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(4));
  }

  private double count(String what) {
    return registry.get("trace.spans." + what).functionCounter().count();
  }

  /** Takes spans, but does not answer. */
  private final class Receiver implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      CompletableResultCode result = new CompletableResultCode();
      pending.add(result);
      return result;
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }
}
