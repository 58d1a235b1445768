package io.redirectbalancer.trace.otel;

import io.grpc.Metadata;
import io.redirectbalancer.trace.TraceSpan;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The span of a call that is not sampled: made only if its trace is carried on, or named. */
final class UnsampledSpan implements TraceSpan {
  private final Supplier<TraceSpan> making;
  private @Nullable TraceSpan made;

  UnsampledSpan(Supplier<TraceSpan> making) {
    this.making = making;
  }

  private synchronized TraceSpan made() {
    if (made == null) {
      made = making.get();
    }
    return made;
  }

  @Override
  public boolean isRecording() {
    return false;
  }

  @Override
  public boolean isSampled() {
    return false;
  }

  @Override
  public String traceId() {
    return made().traceId();
  }

  @Override
  public String spanId() {
    return made().spanId();
  }

  @Override
  public void set(String name, String value) {}

  @Override
  public void set(String name, long value) {}

  @Override
  public void set(String name, boolean value) {}

  @Override
  public TraceSpan child(Kind kind, String name) {
    return this; // Whoever receives the trace shall see the same parent.
  }

  @Override
  public void inject(Metadata headers) {
    made().inject(headers);
  }

  @Override
  public void fail(String type, @Nullable String description) {}

  @Override
  public void end() {}
}
