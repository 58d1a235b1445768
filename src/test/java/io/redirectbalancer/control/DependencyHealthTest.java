package io.redirectbalancer.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redirectbalancer.config.DatabaseSettings;
import io.redirectbalancer.control.lock.LockException;
import io.redirectbalancer.control.lock.Locks;
import io.redirectbalancer.control.store.Store;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DependencyHealthTest {
  private final Store store = RunningControl.emptyStore();
  private final AtomicLong nanos = new AtomicLong();

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void isFineWhenBothAnswer() {
    try (DependencyHealth health =
        DependencyHealth.of(store, nanos::get).and(locks(() -> {})).start()) {
      await().untilAsserted(() -> assertThat(health.get()).isEmpty());
    }
  }

  @Test
  void saysWhyTheDatabaseDoesNotAnswer() {
    var settings =
        new DatabaseSettings(
            "jdbc:mariadb://127.0.0.1:1/control", Optional.of("u"), Optional.of("hidden"));
    try (Store unreachable = Store.open(settings);
        DependencyHealth health = DependencyHealth.of(unreachable, nanos::get).start()) {
      await()
          .untilAsserted(
              () -> assertThat(health.get()).matches("db error: .*refused.*").hasLineCount(1));
    }
  }

  @Test
  void saysWhyTheLockServiceDoesNotAnswer() {
    Locks down =
        locks(
            () -> {
              throw LockException.unavailable("redis: connection refused", new Exception());
            });
    try (DependencyHealth health = DependencyHealth.of(store, nanos::get).and(down).start()) {
      await()
          .untilAsserted(
              () ->
                  assertThat(health.get()).isEqualTo("external error: redis: connection refused"));
    }
  }

  @Test
  void aCheckThatHangsIsAnErrorAsWell() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Locks hung =
        locks(
            () -> {
              hanging.countDown();
              end.await();
            });
    try (DependencyHealth health = DependencyHealth.of(store, nanos::get).and(hung)) {
      health.start();
      assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();
      await()
          .untilAsserted(() -> assertThat(health.get()).isEqualTo("external error: not asked yet"));

      nanos.addAndGet(TimeUnit.SECONDS.toNanos(4));

      await()
          .untilAsserted(
              () -> assertThat(health.get()).isEqualTo("external error: no answer for 3 s"));
    } finally {
      end.countDown();
    }
  }

  private interface Check {
    void run() throws LockException, InterruptedException;
  }

  private static Locks locks(Check check) {
    return new Locks() {
      @Override
      public Lock acquire(String name, Duration patience) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void check(Duration limit) throws LockException {
        try {
          check.run();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }

      @Override
      public void close() {}
    };
  }
}
