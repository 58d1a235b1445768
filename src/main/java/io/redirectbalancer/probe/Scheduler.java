package io.redirectbalancer.probe;

import java.time.Duration;

/** Runs tasks later; tests replace it to control time. */
@FunctionalInterface
interface Scheduler {
  /** Runs a task once, after the delay. */
  void schedule(Runnable task, Duration delay);
}
