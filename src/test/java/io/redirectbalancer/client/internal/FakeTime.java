package io.redirectbalancer.client.internal;

import io.grpc.Deadline;
import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A time that stands still until it is advanced; what is due runs then, on the advancing thread.
 */
public final class FakeTime extends AbstractExecutorService implements ScheduledExecutorService {
  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private long nanos = 1_000_000_000_000L;
  private final Deadline.Ticker ticker =
      new Deadline.Ticker() {
        @Override
        public long nanoTime() {
          return nanos;
        }
      };

  public Deadline.Ticker ticker() {
    return ticker;
  }

  public Timing timing() {
    return new Timing(ticker, this, () -> {});
  }

  public long nanoTime() {
    return nanos;
  }

  public void advance(Duration time) {
    long end = nanos + time.toNanos();
    while (true) {
      Task next;
      synchronized (this) {
        next = tasks.peek();
        if (next == null || next.dueNanos > end) {
          nanos = end;
          return;
        }
        tasks.remove(next);
        nanos = Math.max(nanos, next.dueNanos);
      }
      next.run();
    }
  }

  public void advanceMillis(long millis) {
    advance(Duration.ofMillis(millis));
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return add(command, unit.toNanos(delay), 0);
  }

  @Override
  @SuppressWarnings("unchecked") // Nobody asks for the results.
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    Runnable command =
        () -> {
          try {
            callable.call();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        };
    return (ScheduledFuture<V>) add(command, unit.toNanos(delay), 0);
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long delay, long period, TimeUnit unit) {
    return add(command, unit.toNanos(delay), unit.toNanos(period));
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long delay, long period, TimeUnit unit) {
    return add(command, unit.toNanos(delay), unit.toNanos(period));
  }

  private synchronized Task add(Runnable command, long delayNanos, long periodNanos) {
    Task task = new Task(command, nanos + delayNanos, periodNanos);
    tasks.add(task);
    return task;
  }

  @Override
  public void execute(Runnable command) {
    command.run();
  }

  @Override
  public void shutdown() {}

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }

  private final class Task implements ScheduledFuture<Object> {
    private final Runnable command;
    private final long periodNanos;
    private final long dueNanos;

    Task(Runnable command, long dueNanos, long periodNanos) {
      this.command = command;
      this.dueNanos = dueNanos;
      this.periodNanos = periodNanos;
    }

    void run() {
      if (periodNanos > 0) {
        var unused = add(command, periodNanos, periodNanos);
      }
      command.run();
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      synchronized (FakeTime.this) {
        return tasks.remove(this);
      }
    }

    @Override
    public boolean isCancelled() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isDone() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Object get() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Object get(long timeout, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(dueNanos - nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(java.util.concurrent.Delayed other) {
      return Long.compare(dueNanos, ((Task) other).dueNanos);
    }
  }
}
