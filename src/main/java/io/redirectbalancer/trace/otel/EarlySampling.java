package io.redirectbalancer.trace.otel;

import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Decides for the SDK's usual samplers that a call is not sampled, without a span: the SDK takes a
 * microsecond for one that nobody will see, and a Redirect call takes no more itself. Whatever else
 * there is to decide is left to the SDK. Thread-safe.
 *
 * @param parentBased whether a caller's decision is kept
 * @param ratio of the calls without a trace that are sampled; 1 leaves them to the SDK
 */
record EarlySampling(boolean parentBased, double ratio) {
  /** Leaves everything to the SDK. */
  static final EarlySampling NONE = new EarlySampling(false, 1);

  private static final int TRACEPARENT_LENGTH = 55;
  private static final String NOT_SAMPLED = "-00";

  /** Returns that of OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG, as they are or null. */
  static EarlySampling of(@Nullable String sampler, @Nullable Double ratio) {
    return switch (sampler == null ? "" : sampler) {
      case "", "parentbased_always_on" -> new EarlySampling(true, 1);
      case "parentbased_always_off" -> new EarlySampling(true, 0);
      case "parentbased_traceidratio" -> new EarlySampling(true, ratio == null ? 1 : ratio);
      case "traceidratio" -> new EarlySampling(false, ratio == null ? 1 : ratio);
      default -> NONE;
    };
  }

  /**
   * Whether a call is not sampled, by a trace's id whose lower half this is: as {@link
   * Sampler#traceIdRatioBased} has it.
   */
  boolean drops(long lowId) {
    return ratio == 0 || (ratio < 1 && Math.abs(lowId) >= (long) (ratio * Long.MAX_VALUE));
  }

  /** Whether a call's caller has decided that it is not sampled: W3C Trace Context, section 3.2. */
  boolean drops(String traceparent) {
    return parentBased
        && traceparent.length() == TRACEPARENT_LENGTH
        && traceparent.endsWith(NOT_SAMPLED);
  }

  /** Gives a trace the id by which it was decided that it is sampled. */
  static final class Ids implements IdGenerator {
    private final IdGenerator random = IdGenerator.random();
    private final ThreadLocal<Long> chosen = new ThreadLocal<>();

    /** The next trace that begins in this thread has an id with this lower half. */
    void choose(long lowId) {
      chosen.set(lowId);
    }

    @Override
    public String generateTraceId() {
      Long low = chosen.get();
      if (low == null) {
        return random.generateTraceId();
      }
      chosen.remove();
      return traceId(low);
    }

    @Override
    public String generateSpanId() {
      return random.generateSpanId();
    }

    static String traceId(long low) {
      return TraceId.fromLongs(ThreadLocalRandom.current().nextLong(), low);
    }
  }
}
