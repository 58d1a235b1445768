package io.redirectbalancer.probe;

import java.time.Duration;

/** The passing of time; tests pass it themselves. */
@FunctionalInterface
interface Scheduler {
  /** Runs a task once, after the delay. */
  void schedule(Runnable task, Duration delay);
}
