package io.redirectbalancer.trace;

import io.grpc.Context;

/** Where the current span is. */
final class CurrentSpan {
  static final Context.Key<TraceSpan> KEY = Context.keyWithDefault("span", TraceSpan.NONE);

  private CurrentSpan() {}
}
