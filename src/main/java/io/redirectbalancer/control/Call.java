package io.redirectbalancer.control;

import io.grpc.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A call that is being answered. */
record Call(Caller caller, Deadline deadline) {
  /** Returns how much longer the caller waits; not negative. */
  Duration limit() {
    return limit(deadline);
  }

  static Duration limit(Deadline deadline) {
    return Duration.ofNanos(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS)));
  }
}
