package io.redirectbalancer.client;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.internal.Engine;
import io.redirectbalancer.client.internal.PendingCall;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a fleet of balancers where to fetch videos from. Thread-safe; make one per target, keep it,
 * and close it at the end.
 */
public final class RedirectClient implements AutoCloseable {
  private final Engine engine;
  private final Executor callbackExecutor;

  RedirectClient(Engine engine, Executor callbackExecutor) {
    this.engine = engine;
    this.callbackExecutor = callbackExecutor;
  }

  /**
   * A client that connects at its first call.
   *
   * @param target {@code dns:///host:port}, {@code static:///name} (see {@link StaticHosts}),
   *     {@code host:port}, or what other resolvers of the class path understand
   * @throws IllegalArgumentException if no resolver understands the target
   */
  public static RedirectClient create(String target, RedirectClientOptions options) {
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(options, "options");
    return new RedirectClient(Engine.create(target, options), options.callbackExecutor());
  }

  /**
   * Waits for the answer.
   *
   * @throws StatusRuntimeException INVALID_ARGUMENT for a URL that breaks a rule; UNAVAILABLE,
   *     DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and others if no backend answered in time and failing
   *     open is not allowed; CANCELLED if the thread is interrupted
   * @throws IllegalStateException on a thread that delivers answers, such as one that completes a
   *     future of {@link #redirectAsync(String)} where {@code callbackExecutor} is {@code
   *     Runnable::run}: it would wait for itself
   */
  public RedirectAnswer redirect(String videoUrl) {
    return redirect(videoUrl, CallSettings.DEFAULT);
  }

  /** As {@link #redirect(String)}, with settings of its own. */
  public RedirectAnswer redirect(String videoUrl, CallSettings settings) {
    checkMayWait();
    PendingCall call = engine.call(videoUrl, settings);
    CompletableFuture<RedirectAnswer> answer = new CompletableFuture<>();
    engine.run(call, (url, failure) -> complete(answer, url, failure));
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw (StatusRuntimeException) Objects.requireNonNull(e.getCause());
    } catch (InterruptedException e) {
      call.cancel();
      Thread.currentThread().interrupt();
      throw Status.CANCELLED.withDescription("interrupted").withCause(e).asRuntimeException();
    }
  }

  /**
   * Returns at once; the future ends with the answer or with the exceptions of {@link
   * #redirect(String)}. Cancelling it cancels the call. The gRPC context at the time of the call
   * holds for all attempts: its deadline, if that is earlier, and its cancellation.
   */
  public CompletableFuture<RedirectAnswer> redirectAsync(String videoUrl) {
    return redirectAsync(videoUrl, CallSettings.DEFAULT);
  }

  /** As {@link #redirectAsync(String)}, with settings of its own. */
  public CompletableFuture<RedirectAnswer> redirectAsync(String videoUrl, CallSettings settings) {
    PendingCall call = engine.call(videoUrl, settings);
    CompletableFuture<RedirectAnswer> future = new Answer(call);
    engine.run(call, (answer, failure) -> execute(() -> complete(future, answer, failure)));
    return future;
  }

  /** The circuit breakers by name; a client has one, named as its target without the scheme. */
  public Map<String, CircuitBreaker> breakers() {
    CircuitBreaker breaker = engine.breaker();
    return Map.of(breaker.name(), breaker);
  }

  /**
   * Rejects new calls, ends those in flight and closes the connections, for which it waits a second
   * at most.
   */
  @Override
  public void close() {
    engine.close();
  }

  private static void checkMayWait() {
    if (Engine.onOwnThread()) {
      throw new IllegalStateException(
          "a blocking call on "
              + Thread.currentThread().getName()
              + ", a thread that delivers answers (expected: redirectAsync, without waiting, or"
              + " another thread)");
    }
  }

  private static void complete(
      CompletableFuture<RedirectAnswer> future,
      @Nullable RedirectAnswer answer,
      @Nullable StatusRuntimeException failure) {
    if (failure == null) {
      future.complete(answer);
    } else {
      future.completeExceptionally(failure);
    }
  }

  /** An executor that does not take the task must not leave a call without an end. */
  private void execute(Runnable task) {
    try {
      callbackExecutor.execute(task);
    } catch (RuntimeException e) {
      task.run();
    }
  }

  /** Cancels its call when it is cancelled. */
  private static final class Answer extends CompletableFuture<RedirectAnswer> {
    private final PendingCall call;

    Answer(PendingCall call) {
      this.call = call;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      boolean cancelled = super.cancel(mayInterrupt);
      if (cancelled) {
        call.cancel();
      }
      return cancelled;
    }

    @Override
    public RedirectAnswer get() throws InterruptedException, ExecutionException {
      checkMayWaitUnlessDone();
      return super.get();
    }

    @Override
    public RedirectAnswer get(long timeout, TimeUnit unit)
        throws InterruptedException, ExecutionException, TimeoutException {
      checkMayWaitUnlessDone();
      return super.get(timeout, unit);
    }

    @Override
    public RedirectAnswer join() {
      checkMayWaitUnlessDone();
      return super.join();
    }

    private void checkMayWaitUnlessDone() {
      if (!isDone()) {
        checkMayWait();
      }
    }

    /** What is derived from it can be cancelled without ending the call. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }
  }
}
