package io.redirectbalancer.control.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.redirectbalancer.control.lock.Locks.Lock;
import java.io.IOException;
import java.time.Duration;

/** What happens if a server neither answers nor closes its connections. */
final class Hanging {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration SLACK = Duration.ofSeconds(1);

  private Hanging() {}

  static void isGivenUp(Locks locks, Relay relay)
      throws LockException, InterruptedException, IOException {
    Lock held = locks.acquire("cdn/1", PATIENCE);
    relay.stall();
    try {
      long start = System.nanoTime();
      LockException error =
          catchThrowableOfType(LockException.class, () -> locks.acquire("cdn/2", PATIENCE));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(PATIENCE.plus(SLACK));
      assertThat(error.isBusy()).isFalse();

      start = System.nanoTime();
      Duration second = Duration.ofSeconds(1);
      assertThat(catchThrowableOfType(LockException.class, () -> locks.check(second))).isNotNull();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(second.plus(SLACK));

      start = System.nanoTime();
      held.close();
      locks.close();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    } finally {
      relay.restore();
    }
  }
}
