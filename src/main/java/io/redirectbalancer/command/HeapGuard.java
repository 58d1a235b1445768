package io.redirectbalancer.command;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryNotificationInfo;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import javax.management.NotificationEmitter;

/**
 * Closes connections while the heap is nearly full of live objects, such as requests that clients
 * begin and do not finish; an OutOfMemoryError would end the process.
 *
 * @param isNearlyFull whether the heap was nearly full after its last collection
 * @param closeHeaviest closes the connections that hold the most memory; returns whether there were
 *     any
 * @param collect runs a full collection
 */
record HeapGuard(BooleanSupplier isNearlyFull, BooleanSupplier closeHeaviest, Runnable collect) {
  private static final double FULL = 0.85;
  private static final double NEARLY_FULL = 0.8;

  /** A heap that is legitimately nearly full must not be collected all the time. */
  private static final long PAUSE_NANOS = 1_000_000_000;

  /** Has the JVM notify this guard whenever the old generation, garbage included, is full. */
  static void watch(ScheduledExecutorService housekeeping, BooleanSupplier closing) {
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      long maxBytes = pool.getUsage().getMax();
      if (pool.getType() == MemoryType.HEAP
          && maxBytes > 0
          && pool.isUsageThresholdSupported()
          && pool.isCollectionUsageThresholdSupported()) {
        pool.setUsageThreshold((long) (maxBytes * FULL));
        long nearlyFull = (long) (maxBytes * NEARLY_FULL);
        var guard =
            new HeapGuard(
                () -> pool.getCollectionUsage().getUsed() > nearlyFull, closing, System::gc);
        guard.runWhenFull(housekeeping);
      }
    }
  }

  /** Frees heap until it is no longer nearly full, or nothing is left to close. */
  void run() {
    do {
      collect.run();
    } while (isNearlyFull.getAsBoolean() && closeHeaviest.getAsBoolean());
  }

  /** Runs on each notification, with a pause in between. */
  private void runWhenFull(ScheduledExecutorService housekeeping) {
    var waiting = new AtomicBoolean();
    var earliestNanos = new AtomicLong(System.nanoTime());
    Runnable task =
        () -> {
          waiting.set(false);
          earliestNanos.set(System.nanoTime() + PAUSE_NANOS);
          run();
        };
    ((NotificationEmitter) ManagementFactory.getMemoryMXBean())
        .addNotificationListener(
            (notification, none) -> {
              if (waiting.compareAndSet(false, true)) {
                long delay = Math.max(0, earliestNanos.get() - System.nanoTime());
                var unused = housekeeping.schedule(task, delay, TimeUnit.NANOSECONDS);
              }
            },
            notification ->
                notification.getType().equals(MemoryNotificationInfo.MEMORY_THRESHOLD_EXCEEDED),
            null);
  }
}
