package io.redirectbalancer.client.internal;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redirectbalancer.client.CallSettings;
import io.redirectbalancer.client.CircuitBreaker;
import io.redirectbalancer.client.RedirectAnswer;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.transport.Transport;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The parts of a client: the channel to its fleet and the pipeline for calls. Thread-safe. */
public final class Engine implements AutoCloseable {
  /** The shortest time between pings that the balancer allows. */
  private static final int KEEP_ALIVE_SECONDS = 30;

  private static final int KEEP_ALIVE_TIMEOUT_SECONDS = 5;

  private final RedirectClientOptions options;
  private final Timing timing;
  private final ManagedChannel channel;
  private final Attempts attempts;
  private final CountingBreaker breaker;
  private final Pipeline pipeline;

  /**
   * Creates an engine for tests, with their own channel and clock.
   *
   * @param name the target's name in logs, meters and the circuit breaker
   */
  public Engine(
      ManagedChannelBuilder<?> channels,
      String name,
      RedirectClientOptions options,
      Timing timing) {
    this.options = options;
    this.timing = timing;
    channels
        .directExecutor() // Nothing that runs there blocks.
        .defaultLoadBalancingPolicy(
            FleetLoadBalancerProvider.NAME) // Also before a name is resolved.
        .defaultServiceConfig(FleetLoadBalancerProvider.serviceConfig(options.policy()))
        .disableServiceConfigLookUp()
        .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    channels.setNameResolverArg(FleetLoadBalancer.RECONNECT, this::reconnect);
    channels.setNameResolverArg(FleetLoadBalancer.CERTIFICATE, options.clientCertificate());
    options
        .staticHosts()
        .ifPresent(hosts -> channels.setNameResolverArg(StaticNameResolverProvider.TABLE, hosts));
    channel = channels.build();
    var metrics = new ClientMetrics(options.meterRegistry(), name);
    attempts = new Attempts(channel, name, options, timing, metrics);
    breaker = new CountingBreaker(name, options.breaker(), timing::nanoTime, this::reconnect);
    var warnings = new Warnings(name, timing::nanoTime);
    breaker.subscribe(warnings::changed);
    pipeline = new Pipeline(attempts, breaker, options, timing, metrics, warnings);
  }

  /**
   * Creates an engine that connects to the target's backends at the first call.
   *
   * @throws IllegalArgumentException if no resolver understands the target
   */
  public static Engine create(String target, RedirectClientOptions options) {
    return new Engine(
        channels(target, options),
        target.replaceFirst("^[a-z][a-z0-9+.-]*://[^/]*/(?=.)", ""),
        options,
        options.transport().map(Transport::timer).map(Timing::system).orElseGet(Timing::system));
  }

  static ManagedChannelBuilder<?> channels(String target, RedirectClientOptions options) {
    var builder =
        NettyChannelBuilder.forTarget(ChannelTarget.uri(target), options.credentials())
            .flowControlWindow(Transport.WINDOW_BYTES)
            .decompressorRegistry(Transport.DECOMPRESSORS);
    options.transport().ifPresent(transport -> transport.configure(builder));
    return builder;
  }

  /** Returns a Redirect call that is not started yet. */
  public PendingCall<?, ?, RedirectAnswer> redirect(String videoUrl, CallSettings settings) {
    Objects.requireNonNull(settings, "settings");
    return new PendingRedirect(videoUrl, settings, options, timing.ticker());
  }

  /**
   * Returns a call of a control API's method that is not started yet.
   *
   * @param token the access token to send
   * @param attemptTimeout how long an attempt may take once it has a connection
   */
  public <Q, A> PendingCall<?, ?, A> call(
      MethodDescriptor<Q, A> method,
      Q request,
      String token,
      Duration attemptTimeout,
      CallSettings settings) {
    return new PendingMessage<>(
        method, request, token, attemptTimeout, settings, options, timing.ticker());
  }

  /** Makes the call and passes on its answer or its failure, once. */
  public <A> void run(
      PendingCall<?, ?, A> call, BiConsumer<@Nullable A, @Nullable StatusRuntimeException> result) {
    pipeline.run(call, result);
  }

  /**
   * Makes the call and waits for its answer.
   *
   * @throws StatusRuntimeException if it fails; CANCELLED if the thread is interrupted
   * @throws IllegalStateException on a thread that calls need to complete
   */
  public <A> A await(PendingCall<?, ?, A> call) {
    checkMayWait();
    CompletableFuture<A> end = new CompletableFuture<>();
    run(call, (answer, failure) -> complete(end, answer, failure));
    try {
      return end.get();
    } catch (ExecutionException e) {
      throw (StatusRuntimeException) Objects.requireNonNull(e.getCause());
    } catch (InterruptedException e) {
      call.cancel();
      Thread.currentThread().interrupt();
      throw Status.CANCELLED.withDescription("interrupted").withCause(e).asRuntimeException();
    }
  }

  /** Completes the future with one of the two. */
  public static <A> void complete(
      CompletableFuture<A> future, @Nullable A answer, @Nullable StatusRuntimeException failure) {
    if (failure == null) {
      future.complete(answer);
    } else {
      future.completeExceptionally(failure);
    }
  }

  /** Returns the circuit breaker that guards the fleet. */
  public CircuitBreaker breaker() {
    return breaker;
  }

  /**
   * Checks that the current thread may wait for an answer.
   *
   * @throws IllegalStateException if it is one that calls need to complete
   */
  public static void checkMayWait() {
    if (Timing.onClientThread()) {
      throw new IllegalStateException(
          "a blocking call on "
              + Thread.currentThread().getName()
              + ", a thread that delivers answers (expected: redirectAsync, without waiting, or"
              + " another thread)");
    }
  }

  /** Ends all calls and connections, waiting a second at most. */
  @Override
  public void close() {
    attempts.close();
    channel.shutdownNow();
    pipeline.endPauses();
    timing.shutdown().run();
    try {
      channel.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Reconnects without waiting for gRPC's back-off. */
  private void reconnect() {
    channel.resetConnectBackoff();
  }
}
