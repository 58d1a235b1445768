package io.redirectbalancer.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.trace.otel.RecordedTraces;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The spans of a change through the control API. */
class ControlTraceTest {
  @Test
  void aWriteHasItsLockWaitAndItsStatementsWithoutParameters() {
    try (RecordedTraces traces = new RecordedTraces();
        RunningControl control = new RunningControl(traces.tracing())) {
      control
          .cdns()
          .createCdn(
              CreateCdnRequest.newBuilder()
                  .setName("c")
                  .setUrl("a-value.example.com")
                  .setWeight(3)
                  .build());

      traces.await(10);
      SpanData call = traces.spans().get(0);
      assertThat(call.getKind()).isEqualTo(SpanKind.SERVER);
      List<SpanData> parts = traces.spans().subList(1, traces.spans().size());
      assertThat(parts)
          .allSatisfy(part -> assertThat(part.getParentSpanId()).isEqualTo(call.getSpanId()));
      assertThat(parts)
          .extracting(SpanData::getName)
          .contains(
              "lock.acquire", "BEGIN", "INSERT control_cdns", "INSERT control_changes", "COMMIT");
      assertThat(parts)
          .filteredOn(part -> part.getName().equals("INSERT control_cdns"))
          .singleElement()
          .satisfies(
              insert -> {
                assertThat(insert.getKind()).isEqualTo(SpanKind.CLIENT);
                assertThat(insert.getAttributes().get(AttributeKey.stringKey("db.system.name")))
                    .isEqualTo("h2database");
                assertThat(insert.getAttributes().get(AttributeKey.stringKey("db.query.text")))
                    .startsWith("INSERT INTO control_cdns")
                    .contains("VALUES (?, ");
              });
      assertThat(traces.spans().toString()).doesNotContain("a-value", RunningControl.FIRST_TOKEN);
    }
  }
}
