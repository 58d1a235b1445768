package io.redirectbalancer.command;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a process's periodic tasks beside its calls: watches files, expires old loads, keeps the
 * heap from filling up. It has two threads, so that a file system that hangs does not stop the
 * watch of the heap.
 */
final class Housekeeping extends ScheduledThreadPoolExecutor {
  private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);

  private static final int THREADS = 2;
  private static final AtomicInteger number = new AtomicInteger();

  private Housekeeping() {
    super(THREADS, Housekeeping::newThread);
    setRemoveOnCancelPolicy(true);
  }

  /** Creates it with daemon threads, which start with the first tasks. */
  static ScheduledExecutorService start() {
    return new Housekeeping();
  }

  private static Thread newThread(Runnable tasks) {
    Thread thread = new Thread(tasks, "housekeeping-" + number.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** Logs what a task throws: nothing else reads its future. */
  @Override
  protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
    super.afterExecute(task, thrown);
    if (!(task instanceof Future<?> future) || !future.isDone()) {
      return;
    }
    try {
      future.get();
    } catch (ExecutionException e) {
      log.atError().setCause(e.getCause()).log("housekeeping failed");
    } catch (CancellationException e) {
      log.debug("a task was cancelled", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
