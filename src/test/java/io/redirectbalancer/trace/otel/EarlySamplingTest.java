package io.redirectbalancer.trace.otel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.grpc.Metadata;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.redirectbalancer.trace.TraceSpan;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Early decisions are the SDK's. */
class EarlySamplingTest {
  private static final double RATIO = 0.1;
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String CALLER = "b7ad6b7169203331";
  private static final String METHOD = "loadBalancer.loadBalancer/Redirect";

  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final EarlySampling.Ids ids = new EarlySampling.Ids();
  private final OtelTracing tracing =
      new OtelTracing(
          OpenTelemetrySdk.builder()
              .setTracerProvider(
                  SdkTracerProvider.builder()
                      .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(RATIO)))
                      .setIdGenerator(ids)
                      .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                      .build())
              .setPropagators(
                  ContextPropagators.create(
                      TextMapPropagator.composite(
                          W3CTraceContextPropagator.getInstance(),
                          W3CBaggagePropagator.getInstance())))
              .build(),
          new ExportLimit(),
          EarlySampling.of("parentbased_traceidratio", RATIO),
          ids);

  @AfterEach
  void close() {
    tracing.close();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-9, 0.01, 0.3, 0.999})
  void aRatioDecidesAsTheSdksSamplerDoes(double ratio) {
    EarlySampling sampling = EarlySampling.of("parentbased_traceidratio", ratio);
    Sampler sdks = Sampler.traceIdRatioBased(ratio);
    Random random = new Random(1);
    for (int i = 0; i < 1_000; i++) {
      assertSame(sampling, sdks, random.nextLong());
    }
    for (long low : List.of(0L, 1L, -1L, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1)) {
      assertSame(sampling, sdks, low);
    }
  }

  private static void assertSame(EarlySampling sampling, Sampler sdks, long low) {
    SamplingDecision decision =
        sdks.shouldSample(
                Context.root(),
                TraceId.fromLongs(1, low),
                "a",
                SpanKind.SERVER,
                Attributes.empty(),
                List.of())
            .getDecision();
    assertThat(sampling.drops(low)).isEqualTo(decision == SamplingDecision.DROP);
  }

  @Test
  void ofCallsWithoutATraceTheRatioIsSampledAndExported() {
    int calls = 20_000;
    Set<String> sampled = new HashSet<>();
    for (int i = 0; i < calls; i++) {
      TraceSpan span = tracing.server(METHOD, name -> null);
      if (span.isSampled()) {
        sampled.add(span.traceId());
      }
      span.end();
    }
    assertThat((double) sampled.size()).isCloseTo(calls * RATIO, withinPercentage(20));
    assertThat(exporter.getFinishedSpanItems())
        .extracting(SpanData::getTraceId)
        .containsExactlyInAnyOrderElementsOf(sampled);
  }

  @Test
  void aCallThatIsNotSampledCarriesItsCallersTraceOn() {
    TraceSpan span =
        tracing.server(
            METHOD,
            Map.of(
                    "traceparent", "00-" + TRACE + "-" + CALLER + "-00",
                    "tracestate", "a=b",
                    "baggage", "user=1")
                ::get);
    assertThat(span.isSampled()).isFalse();
    Metadata sent = new Metadata();
    span.child(TraceSpan.Kind.CLIENT, "x").inject(sent);
    assertThat(header(sent, "traceparent"))
        .matches("00-" + TRACE + "-[0-9a-f]{16}-00")
        .contains(span.spanId())
        .doesNotContain(CALLER);
    assertThat(header(sent, "tracestate")).isEqualTo("a=b");
    assertThat(header(sent, "baggage")).isEqualTo("user=1");
    assertThat(span.traceId()).isEqualTo(TRACE);
  }

  @Test
  void aCallThatIsNotSampledBeginsATraceThatReceiversDoNotSample() {
    TraceSpan span;
    do {
      span = tracing.server(METHOD, Map.of("baggage", "user=1")::get);
    } while (span.isSampled());
    Metadata sent = new Metadata();
    span.inject(sent);
    assertThat(header(sent, "traceparent"))
        .isEqualTo("00-" + span.traceId() + "-" + span.spanId() + "-00");
    assertThat(header(sent, "baggage")).isEqualTo("user=1");
  }

  @Test
  void aCallerThatSamplesIsFollowed() {
    TraceSpan span =
        tracing.server(METHOD, Map.of("traceparent", "00-" + TRACE + "-" + CALLER + "-01")::get);
    span.end();
    assertThat(exporter.getFinishedSpanItems())
        .singleElement()
        .matches(data -> data.getTraceId().equals(TRACE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"always_on", "always_off", "jaeger_remote"})
  void otherSamplersAreLeftToTheSdk(String name) {
    assertThat(EarlySampling.of(name, 0.0)).isEqualTo(EarlySampling.NONE);
  }

  private static String header(Metadata headers, String name) {
    return String.valueOf(headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
  }
}
