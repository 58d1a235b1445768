package io.redirectbalancer.client;

import java.time.Duration;

/**
 * When a backend is ejected, and for how long.
 *
 * @param failures failures in a row, time-outs included, at least 1
 * @param time how long the first ejection lasts; a failure right after it ejects the backend again,
 *     for that much longer each time
 */
public record EjectionOptions(int failures, Duration time) {
  /** 5 failures, 30 s. */
  public static final EjectionOptions DEFAULT = new EjectionOptions(5, Duration.ofSeconds(30));

  public EjectionOptions {
    Checks.range("failures", failures, 1, 1_000_000);
    Checks.positive("time", time);
  }
}
