package io.redirectbalancer.client;

import java.time.Duration;

/**
 * When a backend is left out for a while.
 *
 * @param failures in a row, time-outs included: from 1 on
 * @param time how long it is left out the first time; each time that it fails again right after, as
 *     much longer
 */
public record EjectionOptions(int failures, Duration time) {
  /** 5 failures, 30 s. */
  public static final EjectionOptions DEFAULT = new EjectionOptions(5, Duration.ofSeconds(30));

  public EjectionOptions {
    Checks.range("failures", failures, 1, 1_000_000);
    Checks.positive("time", time);
  }
}
