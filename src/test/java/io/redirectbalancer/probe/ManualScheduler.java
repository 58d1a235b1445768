package io.redirectbalancer.probe;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Time that passes when a test says so. */
final class ManualScheduler implements Scheduler {
  private final Queue<Task> tasks = new PriorityQueue<>(Comparator.comparing(Task::due));
  private Duration now = Duration.ZERO;

  private record Task(Duration due, Runnable action) {}

  @Override
  public synchronized void schedule(Runnable task, Duration delay) {
    tasks.add(new Task(now.plus(delay), task));
  }

  /** Lets time pass, and runs what becomes due, in order. */
  void pass(Duration time) {
    Duration end = now.plus(time);
    for (Task next = takeDue(end); next != null; next = takeDue(end)) {
      next.action.run();
    }
    now = end;
  }

  private synchronized @Nullable Task takeDue(Duration end) {
    Task first = tasks.peek();
    if (first == null || first.due.compareTo(end) > 0) {
      return null;
    }
    now = first.due;
    return tasks.poll();
  }
}
