package io.redirectbalancer.control;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ServerCallHandler;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.control.Access.Credentials;
import io.redirectbalancer.control.store.Role;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers calls on threads of their own, since the database and locks block and the event loops
 * also serve Redirect. Thread-safe.
 */
final class Calls implements AutoCloseable {
  private static final int THREADS = 16;
  private static final int MAX_WAITING = 256;
  private static final int IDLE_SECONDS = 60;

  /** The longest that a call may keep a thread; also for calls without a deadline. */
  private static final int MAX_SECONDS = 10;

  private final Access access;
  private final ThreadPoolExecutor workers;
  private final ScheduledThreadPoolExecutor delays;
  private final AtomicInteger delayed = new AtomicInteger();

  Calls(Access access) {
    this.access = access;
    ThreadFactory threads = threads();
    workers =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            threads);
    workers.allowCoreThreadTimeOut(true);
    delays = new ScheduledThreadPoolExecutor(1, threads);
  }

  /** Answers requests; may block. */
  @FunctionalInterface
  interface Handler<Q, A> {
    A answer(Q request, Call call) throws Exception;
  }

  /** Returns a handler of gRPC's kind for callers of at least this role. */
  <Q, A> ServerCallHandler<Q, A> from(Role role, Handler<Q, A> handler) {
    return ServerCalls.asyncUnaryCall(
        (request, observer) ->
            submit(Credentials.current(), new Task<>(role, handler, request, observer)));
  }

  /** Ends the threads; what still waits is not answered. */
  @Override
  public void close() {
    delays.shutdownNow();
    workers.shutdownNow();
  }

  private void submit(Credentials credentials, Task<?, ?> task) {
    long delay = access.delay(credentials);
    if (delay == 0) {
      execute(task);
    } else if (delayed.incrementAndGet() > MAX_WAITING) {
      delayed.decrementAndGet();
      task.fail(Failures.resourceExhausted("too many wrong tokens"));
    } else {
      delay(task, delay);
    }
  }

  private void delay(Task<?, ?> task, long nanos) {
    Runnable later =
        () -> {
          delayed.decrementAndGet();
          execute(task);
        };
    try {
      var unused = delays.schedule(later, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      task.fail(new InterruptedException());
    }
  }

  private void execute(Task<?, ?> task) {
    try {
      workers.execute(task);
    } catch (RejectedExecutionException e) {
      task.fail(
          workers.isShutdown()
              ? new InterruptedException()
              : Failures.resourceExhausted("too many calls at once; try again later"));
    }
  }

  private static ThreadFactory threads() {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "control-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** A call that waits for a thread. */
  private final class Task<Q, A> implements Runnable {
    private final Role role;
    private final Handler<Q, A> handler;
    private final Q request;
    private final StreamObserver<A> observer;
    private final Context context = Context.current();
    private final Credentials credentials = Credentials.current();
    private final Deadline deadline;

    Task(Role role, Handler<Q, A> handler, Q request, StreamObserver<A> observer) {
      this.role = role;
      this.handler = handler;
      this.request = request;
      this.observer = observer;
      Deadline longest = Deadline.after(MAX_SECONDS, TimeUnit.SECONDS);
      Deadline given = context.getDeadline();
      deadline = given == null ? longest : given.minimum(longest);
    }

    @Override
    public void run() {
      Context previous = context.attach();
      try {
        answer();
      } catch (Throwable e) {
        fail(e);
      } finally {
        context.detach(previous);
      }
    }

    private void answer() throws Exception {
      if (context.isCancelled()) {
        return; // nobody waits any more
      }
      Caller caller = access.caller(credentials, role, Call.limit(deadline));
      observer.onNext(handler.answer(request, new Call(caller, deadline)));
      observer.onCompleted();
    }

    void fail(Throwable e) {
      observer.onError(Failures.of(e));
    }
  }
}
