package io.redirectbalancer.client;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redirectbalancer.transport.Transport;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a fleet of balancers where to fetch videos from. Thread-safe; make one per target, keep it,
 * and close it at the end.
 */
public final class RedirectClient implements AutoCloseable {
  /** The shortest time between pings that the balancer puts up with. */
  private static final int KEEP_ALIVE_SECONDS = 30;

  private static final int KEEP_ALIVE_TIMEOUT_SECONDS = 5;

  private final RedirectClientOptions options;
  private final Timing timing;
  private final ManagedChannel channel;
  private final Attempts attempts;
  private final CircuitBreaker breaker;
  private final Pipeline pipeline;

  /** For a channel that tests make, and a time that they advance. */
  RedirectClient(
      ManagedChannelBuilder<?> channels,
      String name,
      RedirectClientOptions options,
      Timing timing) {
    this.options = options;
    this.timing = timing;
    channels
        .directExecutor() // Nothing that runs there holds it up.
        .defaultLoadBalancingPolicy(
            FleetLoadBalancerProvider.NAME) // Before a name is resolved, too.
        .defaultServiceConfig(FleetLoadBalancerProvider.serviceConfig(options.policy()))
        .disableServiceConfigLookUp()
        .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    channels.setNameResolverArg(FleetLoadBalancer.RECONNECT, this::reconnect);
    options.staticHosts().ifPresent(h -> channels.setNameResolverArg(StaticHosts.ARGUMENT, h));
    channel = channels.build();
    attempts = new Attempts(channel, options, timing);
    breaker = new CircuitBreaker(name, options.breaker(), timing::nanoTime, this::reconnect);
    var warnings = new Warnings(name, timing::nanoTime);
    breaker.subscribe(warnings::changed);
    var metrics = new ClientMetrics(options.meterRegistry(), name);
    pipeline = new Pipeline(attempts, breaker, options, timing, metrics, warnings);
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
    return new RedirectClient(
        channelBuilder(target, options),
        target.replaceFirst("^[a-z][a-z0-9+.-]*://[^/]*/(?=.)", ""),
        options,
        options.transport().map(Transport::timer).map(Timing::system).orElseGet(Timing::system));
  }

  static ManagedChannelBuilder<?> channelBuilder(String target, RedirectClientOptions options) {
    var builder =
        NettyChannelBuilder.forTarget(ChannelTarget.uri(target), options.credentials())
            .flowControlWindow(Transport.WINDOW_BYTES)
            .decompressorRegistry(Transport.DECOMPRESSORS);
    options.transport().ifPresent(transport -> transport.configure(builder));
    return builder;
  }

  /**
   * Waits for the answer.
   *
   * @throws StatusRuntimeException INVALID_ARGUMENT for a URL that breaks a rule; UNAVAILABLE,
   *     DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and others if no server answered in time and failing
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
    RedirectCall call = call(videoUrl, settings);
    CompletableFuture<RedirectAnswer> answer = new CompletableFuture<>();
    pipeline.run(call, (url, failure) -> complete(answer, url, failure));
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
    RedirectCall call = call(videoUrl, settings);
    CompletableFuture<RedirectAnswer> future = new Answer(call);
    pipeline.run(call, (answer, failure) -> execute(() -> complete(future, answer, failure)));
    return future;
  }

  /** The circuit breakers by name; a client has one, named as its target without the scheme. */
  public Map<String, CircuitBreaker> breakers() {
    return Map.of(breaker.name(), breaker);
  }

  /**
   * Refuses new calls, ends those in flight, closes the connections, for which it waits a second at
   * most.
   */
  @Override
  public void close() {
    attempts.close();
    channel.shutdownNow();
    timing.shutdown().run();
    try {
      channel.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private RedirectCall call(String videoUrl, CallSettings settings) {
    return new RedirectCall(videoUrl, settings, options, timing.ticker());
  }

  /** Without waiting for gRPC's back-off. */
  private void reconnect() {
    channel.resetConnectBackoff();
  }

  private static void checkMayWait() {
    if (Timing.onClientThread()) {
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
      options.callbackExecutor().execute(task);
    } catch (RuntimeException e) {
      task.run();
    }
  }

  /** Cancels its call when it is cancelled. */
  private static final class Answer extends CompletableFuture<RedirectAnswer> {
    private final RedirectCall call;

    Answer(RedirectCall call) {
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
