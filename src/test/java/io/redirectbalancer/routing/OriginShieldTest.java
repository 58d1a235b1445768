package io.redirectbalancer.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OriginShieldTest {
  private static final long SECOND = 1_000_000_000;
  private static final int THREADS = 4;
  private static final int CALLS = 10_000;

  @Test
  void aSecondHasExactlyTheLimitsPlacesUnderConcurrency() throws Exception {
    AtomicLong clock = new AtomicLong();
    OriginShield shield = new OriginShield(clock::get);

    for (int second = 0; second < 3; second++) {
      List<Long> taken = takenByThreads(shield, 1_000);

      assertThat(Collections.frequency(taken, 0L)).isEqualTo(1_000);
      clock.addAndGet(SECOND);
    }
    // Those that got no place are numbered one after the other: each has a turn of its own.
    assertThat(shield.count(OriginProtection.Reason.MAX_PER_SECOND))
        .isEqualTo(3L * (THREADS * CALLS - 1_000));
  }

  @Test
  void everyCallBeyondTheLimitHasItsOwnNumber() throws Exception {
    List<Long> taken = takenByThreads(new OriginShield(() -> 0), 0);

    assertThat(taken).doesNotHaveDuplicates().contains(1L, (long) THREADS * CALLS);
  }

  /** Time goes on with each look at the clock, so that each call has a time of its own. */
  @Test
  void noSecondAtAllHasMorePlacesUnderConcurrency() throws Exception {
    int max = 50;
    AtomicLong clock = new AtomicLong();
    ThreadLocal<Long> seen = new ThreadLocal<>();
    OriginShield shield =
        new OriginShield(
            () -> {
              seen.set(clock.addAndGet(SECOND / 1_000));
              return seen.get();
            });

    List<Long> times =
        onThreads(
            () -> {
              List<Long> own = new ArrayList<>();
              for (int i = 0; i < CALLS; i++) {
                if (shield.take(max, false) == 0) {
                  own.add(seen.get());
                }
              }
              return own;
            });

    Collections.sort(times);
    assertThat(times).hasSize(max * THREADS * CALLS / 1_000);
    for (int i = max; i < times.size(); i++) {
      assertThat(times.get(i) - times.get(i - max)).isGreaterThanOrEqualTo(SECOND);
    }
  }

  private static List<Long> takenByThreads(OriginShield shield, int max) throws Exception {
    return onThreads(
        () -> {
          List<Long> own = new ArrayList<>();
          for (int i = 0; i < CALLS; i++) {
            own.add(shield.take(max, false));
          }
          return own;
        });
  }

  private static List<Long> onThreads(Callable<List<Long>> task)
      throws InterruptedException, ExecutionException {
    List<Long> all = new ArrayList<>();
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      for (Future<List<Long>> own : pool.invokeAll(Collections.nCopies(THREADS, task))) {
        all.addAll(own.get());
      }
    } finally {
      pool.shutdownNow();
    }
    return all;
  }
}
