package io.redirectbalancer.control.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.redirectbalancer.control.lock.Locks.Lock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every lock service does for its users. Two {@link Locks} stand for two instances. */
abstract class LocksContract {
  /** For what is to succeed. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  static final Duration IMPATIENCE = Duration.ofMillis(300);
  static final Duration LONG_LEASE = Duration.ofSeconds(60);

  private static final String NAME = "cdn/17";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Locks> opened = new CopyOnWriteArrayList<>();
  private Locks a;
  private Locks b;

  /** Opens an instance's locks. */
  abstract Locks open(Duration lease, ScheduledExecutorService scheduler) throws Exception;

  /** Deletes all that the service knows. */
  abstract void empty() throws Exception;

  abstract void stopService() throws Exception;

  abstract void startService() throws Exception;

  /** Returns how many wait, as far as the service knows; the holder may be among them. */
  abstract int waiting() throws Exception;

  /** Returns the shortest lease that the service has. */
  Duration lease() {
    return Duration.ofMillis(500);
  }

  boolean isFair() {
    return true;
  }

  final Locks open(Duration lease) throws Exception {
    return opened(open(lease, Renewals.newScheduler()));
  }

  /** Opens the locks of a process that is suspended as soon as it has a lock. */
  private Locks openFrozen() throws Exception {
    return opened(open(lease(), new Frozen()));
  }

  private Locks opened(Locks locks) {
    opened.add(locks);
    return locks;
  }

  @BeforeEach
  final void openTwo() throws Exception {
    startService();
    empty();
    a = open(lease());
    b = open(lease());
  }

  @AfterEach
  final void closeAll() {
    threads.shutdownNow();
    opened.forEach(Locks::close);
  }

  @Test
  void onlyOneHoldsALockAtATime() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    int[] count = {0};
    List<Future<?>> workers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Locks locks = i % 2 == 0 ? a : b;
      workers.add(
          threads.submit(
              () -> {
                for (int round = 0; round < 15; round++) {
                  try (Lock lock = locks.acquire(NAME, PATIENCE)) {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    assertThat(lock.isHeld()).isTrue();
                    count[0]++;
                    inside.decrementAndGet();
                  }
                }
                return null;
              }));
    }
    for (Future<?> worker : workers) {
      worker.get();
    }

    assertThat(most).hasValue(1);
    assertThat(count[0]).isEqualTo(8 * 15);
  }

  @Test
  void aLockOfAnotherNameIsFree() throws Exception {
    try (Lock one = a.acquire("cdn/1", IMPATIENCE);
        Lock another = a.acquire("cdn/" + "1".repeat(196), IMPATIENCE)) {
      assertThat(one.isHeld()).isTrue();
      assertThat(another.isHeld()).isTrue();
    }
  }

  @Test
  void eachWaiterIsServedAndInTheOrderOfArrivalIfFair() throws Exception {
    List<Integer> served = new CopyOnWriteArrayList<>();
    List<Future<?>> waiters = new ArrayList<>();
    try (Lock held = a.acquire(NAME, PATIENCE)) {
      int before = waiting();
      for (int i = 0; i < 6; i++) {
        int number = i;
        Locks locks = i % 2 == 0 ? b : a;
        waiters.add(
            threads.submit(
                () -> {
                  Lock lock = locks.acquire(NAME, PATIENCE);
                  served.add(number);
                  lock.close();
                  return null;
                }));
        if (isFair()) {
          await().until(() -> waiting() == before + number + 1);
        }
      }
      assertThat(held.isHeld()).isTrue();
    }
    for (Future<?> waiter : waiters) {
      waiter.get();
    }

    assertThat(served).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
    if (isFair()) {
      assertThat(served).isSorted();
    }
  }

  @Test
  void whoeverIsOutOfPatienceLeavesNothingBehind() throws Exception {
    int nobody = waiting();
    Lock held = a.acquire(NAME, PATIENCE);
    long start = System.nanoTime();
    LockException error =
        catchThrowableOfType(LockException.class, () -> b.acquire(NAME, IMPATIENCE));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(IMPATIENCE, PATIENCE);
    assertThat(error.isBusy()).isTrue();
    assertThat(error).hasMessage("another change of cdn/17 is under way");
    held.close();

    await().until(() -> waiting() == nobody);
    b.acquire(NAME, PATIENCE).close();
  }

  @Test
  void aHeldLockIsRenewed() throws Exception {
    try (Lock held = a.acquire(NAME, PATIENCE)) {
      Duration patience = lease().multipliedBy(2);
      assertThatThrownBy(() -> b.acquire(NAME, patience)).isInstanceOf(LockException.class);
      assertThat(held.isHeld()).isTrue();
    }
  }

  @Test
  void theLockOfAFrozenHolderExpires() throws Exception {
    Lock held = openFrozen().acquire(NAME, PATIENCE);
    assertThat(held.isHeld()).isTrue();

    try (Lock next = b.acquire(NAME, PATIENCE)) {
      assertThat(held.isHeld()).isFalse();
      assertThat(next.isHeld()).isTrue();
    }
  }

  @Test
  void aReleaseByAFormerHolderChangesNothing() throws Exception {
    Lock former = openFrozen().acquire(NAME, PATIENCE);
    try (Lock holder = b.acquire(NAME, PATIENCE)) {
      former.close();
      former.close();

      assertThatThrownBy(() -> a.acquire(NAME, IMPATIENCE)).isInstanceOf(LockException.class);
      assertThat(holder.isHeld()).isTrue();
    }
  }

  @Test
  void aReleasedLockIsHadByWhoWaitsForIt() throws Exception {
    Locks one = open(LONG_LEASE);
    Lock held = one.acquire(NAME, PATIENCE);
    int before = waiting();
    Future<Lock> next = threads.submit(() -> b.acquire(NAME, PATIENCE));
    if (isFair()) {
      await().until(() -> waiting() > before);
    }
    held.close();

    next.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).close();
    assertThat(held.isHeld()).isFalse();
  }

  @Test
  void anEmptiedServiceGivesTheLockToTheNextOne() throws Exception {
    Lock held = a.acquire(NAME, PATIENCE);
    empty();
    try (Lock next = b.acquire(NAME, PATIENCE)) {
      await().until(() -> !held.isHeld());
      held.close();
      assertThat(next.isHeld()).isTrue();
      assertThatThrownBy(() -> a.acquire(NAME, IMPATIENCE)).isInstanceOf(LockException.class);
    }
  }

  @Test
  void anEmptiedQueueDoesNotStopThoseWhoWait() throws Exception {
    Lock held = a.acquire(NAME, PATIENCE);
    int before = waiting();
    Future<Lock> next = threads.submit(() -> b.acquire(NAME, PATIENCE));
    if (isFair()) {
      await().until(() -> waiting() > before);
    }
    empty();
    held.close();
    next.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).close();
  }

  @Test
  void anOutageIsReportedAndEnds() throws Exception {
    a.acquire(NAME, PATIENCE).close();
    a.check(PATIENCE);
    stopService();
    Duration patience = Duration.ofSeconds(3);

    long start = System.nanoTime();
    LockException error =
        catchThrowableOfType(LockException.class, () -> a.acquire(NAME, patience));
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isLessThan(patience.plus(Duration.ofSeconds(1)));
    assertThat(error.isBusy()).isFalse();
    assertThat(error.getMessage()).matches("[ -~]{10,120}").doesNotContain("Exception", "secret");
    assertThatThrownBy(() -> a.check(patience)).isInstanceOf(LockException.class);

    startService();
    a.acquire(NAME, PATIENCE).close();
    a.check(PATIENCE);
  }

  @Test
  void aLockIsHeldThroughAnOutageUntilItsLeaseEnds() throws Exception {
    Lock held = a.acquire(NAME, PATIENCE);
    stopService();
    assertThat(held.isHeld()).isTrue();
    await().until(() -> !held.isHeld());
    held.close();
    startService();

    try (Lock next = b.acquire(NAME, PATIENCE)) {
      assertThat(next.isHeld()).isTrue();
    }
  }

  @Test
  void aReleaseIsRepeatedAfterAnOutage() throws Exception {
    Lock held = open(Duration.ofSeconds(3)).acquire(NAME, PATIENCE);
    stopService();
    held.close();
    startService();
    b.acquire(NAME, PATIENCE).close();
  }

  @Test
  void anInterruptedWaiterLeavesNothingBehind() throws Exception {
    int nobody = waiting();
    Lock held = a.acquire(NAME, PATIENCE);
    int before = waiting();
    AtomicInteger interrupted = new AtomicInteger();
    Thread waiter =
        new Thread(
            () -> {
              try {
                b.acquire(NAME, PATIENCE).close();
              } catch (InterruptedException e) {
                interrupted.incrementAndGet();
              } catch (LockException e) {
                // Then the test fails.
              }
            });
    waiter.start();
    if (isFair()) {
      await().until(() -> waiting() > before);
    }
    waiter.interrupt();
    waiter.join(PATIENCE.toMillis());
    assertThat(interrupted).hasValue(1);

    held.close();
    await().until(() -> waiting() == nobody);
    b.acquire(NAME, PATIENCE).close();
  }

  @Test
  void noThreadIsLeftAfterClosing() throws Exception {
    Lock held = a.acquire(NAME, PATIENCE);
    a.close();
    b.close();
    held.close();

    await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .noneMatch(name -> name.matches("lock-renewal|commons-pool-evictor.*")));
  }

  /** Runs nothing. */
  private static final class Frozen extends ScheduledThreadPoolExecutor {
    Frozen() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      return super.schedule((Callable<Integer>) () -> 0, 1, TimeUnit.DAYS);
    }
  }
}
