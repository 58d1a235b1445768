package io.redirectbalancer.trace;

import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/** {@link TraceSpan#NONE}. */
final class NoSpan implements TraceSpan {
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
    return "";
  }

  @Override
  public String spanId() {
    return "";
  }

  @Override
  public void set(String name, String value) {}

  @Override
  public void set(String name, long value) {}

  @Override
  public void set(String name, boolean value) {}

  @Override
  public TraceSpan child(Kind kind, String name) {
    return this;
  }

  @Override
  public void inject(Metadata headers) {}

  @Override
  public void fail(String type, @Nullable String description) {}

  @Override
  public void end() {}
}
