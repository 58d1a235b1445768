package io.redirectbalancer.client;

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

/**
 * Asks a fleet of balancers where to fetch videos from. Thread-safe; create one per target, reuse
 * it, and close it at the end.
 */
public final class RedirectClient implements AutoCloseable {
  private final Engine engine;
  private final Executor callbackExecutor;

  RedirectClient(Engine engine, Executor callbackExecutor) {
    this.engine = engine;
    this.callbackExecutor = callbackExecutor;
  }

  /**
   * Creates a client that connects at its first call.
   *
   * @param target {@code dns:///host:port}, {@code static:///name} (see {@link StaticHosts}),
   *     {@code host:port}, or any form that other resolvers on the class path understand
   * @throws IllegalArgumentException if no resolver understands the target
   */
  public static RedirectClient create(String target, RedirectClientOptions options) {
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(options, "options");
    return new RedirectClient(Engine.create(target, options), options.callbackExecutor());
  }

  /**
   * Calls a balancer and waits for the answer.
   *
   * @throws StatusRuntimeException INVALID_ARGUMENT for a URL that breaks a rule; UNAVAILABLE,
   *     DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and others if no backend answered in time and failing
   *     open is not allowed; CANCELLED if the thread is interrupted
   * @throws IllegalStateException on a thread that delivers answers, such as one that completes a
   *     future of {@link #redirectAsync(String)} where {@code callbackExecutor} is {@code
   *     Runnable::run}: the call would wait for itself
   */
  public RedirectAnswer redirect(String videoUrl) {
    return redirect(videoUrl, CallSettings.DEFAULT);
  }

  /** Does the same as {@link #redirect(String)}, with settings for this call. */
  public RedirectAnswer redirect(String videoUrl, CallSettings settings) {
    return engine.await(engine.redirect(videoUrl, settings));
  }

  /**
   * Returns at once; the future completes with the answer or with the exceptions of {@link
   * #redirect(String)}. Cancelling it cancels the call. The caller's gRPC context applies to all
   * attempts: its deadline, if earlier, and its cancellation.
   */
  public CompletableFuture<RedirectAnswer> redirectAsync(String videoUrl) {
    return redirectAsync(videoUrl, CallSettings.DEFAULT);
  }

  /** Does the same as {@link #redirectAsync(String)}, with settings for this call. */
  public CompletableFuture<RedirectAnswer> redirectAsync(String videoUrl, CallSettings settings) {
    PendingCall<?, ?, RedirectAnswer> call = engine.redirect(videoUrl, settings);
    CompletableFuture<RedirectAnswer> future = new Answer(call);
    engine.run(call, (answer, failure) -> execute(() -> Engine.complete(future, answer, failure)));
    return future;
  }

  /**
   * Returns the circuit breakers by name; a client has one, named after its target without the
   * scheme.
   */
  public Map<String, CircuitBreaker> breakers() {
    CircuitBreaker breaker = engine.breaker();
    return Map.of(breaker.name(), breaker);
  }

  /**
   * Rejects new calls, ends those in flight and closes the connections, waiting a second at most.
   */
  @Override
  public void close() {
    engine.close();
  }

  /** Runs the task here if the executor rejects it, so that the call always completes. */
  private void execute(Runnable task) {
    try {
      callbackExecutor.execute(task);
    } catch (RuntimeException e) {
      task.run();
    }
  }

  /** Cancels its call when it is cancelled. */
  private static final class Answer extends CompletableFuture<RedirectAnswer> {
    private final PendingCall<?, ?, RedirectAnswer> call;

    Answer(PendingCall<?, ?, RedirectAnswer> call) {
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
        Engine.checkMayWait();
      }
    }

    /** Returns a plain future, since cancelling a derived one must not end the call. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }
  }
}
