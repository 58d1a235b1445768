package io.redirectbalancer.trace;

import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;

/** Begins the spans of calls that arrive. Thread-safe. */
public interface Tracing extends AutoCloseable {
  /** No call has a span. */
  Tracing OFF =
      new Tracing() {
        @Override
        public boolean isOn() {
          return false;
        }

        @Override
        public TraceSpan server(String method, Headers headers) {
          return TraceSpan.NONE;
        }

        @Override
        public void bindTo(MeterRegistry registry) {}

        @Override
        public void close() {}
      };

  /** The method of calls that are for none that is served. */
  String UNKNOWN_METHOD = "_OTHER";

  /** A call's headers. */
  @FunctionalInterface
  interface Headers {
    /**
     * Returns a header's last value; null if there is none.
     *
     * @param name in lower case
     */
    @Nullable String get(String name);
  }

  /** Whether calls have spans. */
  boolean isOn();

  /**
   * Begins the span of a call that has arrived. The headers decide whether it continues a trace and
   * whether it is sampled; without such headers that is decided here.
   *
   * @param method its full name, or {@link #UNKNOWN_METHOD}
   */
  TraceSpan server(String method, Headers headers);

  /** Counts the spans that were exported and those that were dropped. */
  void bindTo(MeterRegistry registry);

  /** Exports what has ended, waiting 2 s at most, and ends its thread. */
  @Override
  void close();
}
