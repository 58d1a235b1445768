package io.redirectbalancer.command;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryNotificationInfo;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.management.NotificationEmitter;

/**
 * Has connections closed while the heap is nearly full of what lives: requests that clients begin
 * and do not finish lie there, and an OutOfMemoryError would end the process.
 *
 * @param isNearlyFull whether it was nearly full after its last collection
 * @param closeHeaviest closes the connections that hold most; returns whether there were any
 * @param collect a full collection
 */
record HeapGuard(BooleanSupplier isNearlyFull, BooleanSupplier closeHeaviest, Runnable collect) {
  private static final double FULL = 0.85;
  private static final double NEARLY_FULL = 0.8;

  /** A heap that is nearly full for a good reason must not be collected all the time. */
  private static final long PAUSE_MILLIS = 1_000;

  /** From now on the JVM says when the old generation, garbage included, is full. */
  static void watch(BooleanSupplier closing) {
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
        guard.runWhenFull();
      }
    }
  }

  /** Frees heap until it is no longer nearly full, or nothing is left to close. */
  void run() {
    do {
      collect.run();
    } while (isNearlyFull.getAsBoolean() && closeHeaviest.getAsBoolean());
  }

  private void runWhenFull() {
    ExecutorService thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread daemon = new Thread(task, "heap-guard");
              daemon.setDaemon(true);
              return daemon;
            });
    ((NotificationEmitter) ManagementFactory.getMemoryMXBean())
        .addNotificationListener(
            (notification, none) ->
                thread.execute(
                    () -> {
                      try {
                        run();
                        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    }),
            notification ->
                notification.getType().equals(MemoryNotificationInfo.MEMORY_THRESHOLD_EXCEEDED),
            null);
  }
}
