package io.redirectbalancer.client.internal;

import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.redirectbalancer.client.CircuitBreaker;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The client's meters, all of them labelled with the target's name. Thread-safe. */
final class ClientMetrics {
  private final Counter retries;
  private final Timer retryDuration;
  private final Counter ejections;
  private final Map<CircuitBreaker.State, Counter> breakerCalls =
      new EnumMap<>(CircuitBreaker.State.class);
  private final Timer breakerLatency;
  private final Map<Status.Code, Counter> results = new EnumMap<>(Status.Code.class);
  private final Counter fallbackResults;
  private final Timer callDuration;
  private final Map<FallbackReason, Counter> fallbacks = new EnumMap<>(FallbackReason.class);

  ClientMetrics(MeterRegistry registry, String target) {
    retries =
        Counter.builder("grpc.retry.count")
            .description("Attempts that followed a failed one")
            .tag("target", target)
            .register(registry);
    retryDuration =
        Timer.builder("grpc.retry.duration")
            .description("From a call's first failed attempt to its end")
            .tag("target", target)
            .register(registry);
    ejections =
        Counter.builder("grpc.client.ejections")
            .description("Times that a backend was ejected for failures in a row")
            .tag("target", target)
            .register(registry);
    for (CircuitBreaker.State state : CircuitBreaker.State.values()) {
      breakerCalls.put(
          state,
          Counter.builder("circuit_breaker.call.count")
              .description("Calls that reached the breaker, by its state then; open rejects")
              .tag("target", target)
              .tag("state", state.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    breakerLatency =
        Timer.builder("circuit_breaker.call.latency")
            .description("Calls that the breaker let pass, retries included")
            .tag("target", target)
            .register(registry);
    for (Status.Code code : Status.Code.values()) {
      results.put(code, callCounter(registry, target, code.name().toLowerCase(Locale.ROOT)));
    }
    fallbackResults = callCounter(registry, target, "fallback");
    callDuration =
        Timer.builder("grpc.client.call.duration")
            .description("Calls as their callers see them")
            .tag("target", target)
            .register(registry);
    for (FallbackReason reason : FallbackReason.values()) {
      fallbacks.put(
          reason,
          Counter.builder("redirect.fallbacks")
              .description("Calls answered with the origin URL, by why no balancer answered")
              .tag("target", target)
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  private static Counter callCounter(MeterRegistry registry, String target, String result) {
    return Counter.builder("grpc.client.call.count")
        .description("Calls as their callers see them, by status code, or fallback")
        .tag("target", target)
        .tag("result", result)
        .register(registry);
  }

  void retried() {
    retries.increment();
  }

  /** Records the end of a call that was retried. */
  void retriedCallEnded(long nanosSinceFirstFailure) {
    retryDuration.record(nanosSinceFirstFailure, TimeUnit.NANOSECONDS);
  }

  void ejected() {
    ejections.increment();
  }

  void rejectedByBreaker() {
    breakerCall(CircuitBreaker.State.OPEN);
  }

  void passedBreaker(CircuitBreaker.State state, long nanos) {
    breakerCall(state);
    breakerLatency.record(nanos, TimeUnit.NANOSECONDS);
  }

  void answered(boolean fallback, long nanos) {
    ended(fallback ? fallbackResults : Objects.requireNonNull(results.get(Status.Code.OK)), nanos);
  }

  void failed(Status.Code code, long nanos) {
    ended(Objects.requireNonNull(results.get(code)), nanos);
  }

  void fellBack(FallbackReason reason) {
    Objects.requireNonNull(fallbacks.get(reason)).increment();
  }

  private void breakerCall(CircuitBreaker.State state) {
    Objects.requireNonNull(breakerCalls.get(state)).increment();
  }

  private void ended(Counter result, long nanos) {
    result.increment();
    callDuration.record(nanos, TimeUnit.NANOSECONDS);
  }
}
