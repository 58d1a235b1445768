package io.redirectbalancer.client;

import io.grpc.Channel;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks a fleet of balancers where to fetch videos from. Thread-safe; make one per target, keep it,
 * and close it at the end.
 */
public final class RedirectClient implements AutoCloseable {
  private final ManagedChannel channel;
  private final RedirectClientOptions options;
  private final CircuitBreaker breaker;

  private RedirectClient(ManagedChannel channel, String name, RedirectClientOptions options) {
    this.channel = channel;
    this.options = options;
    this.breaker = new CircuitBreaker(name, options.breaker(), System::nanoTime);
  }

  /**
   * A client that connects at its first call.
   *
   * @param target {@code dns:///host:port}, {@code static:///name} (see {@link StaticHosts}),
   *     {@code host:port}, or what other resolvers of the class path understand
   * @throws IllegalArgumentException if no resolver understands the target
   */
  public static RedirectClient create(String target, RedirectClientOptions options) {
    return new RedirectClient(
        Grpc.newChannelBuilder(target, options.credentials()).build(), name(target), options);
  }

  /**
   * Waits for the answer.
   *
   * @throws StatusRuntimeException INVALID_ARGUMENT for a URL that breaks a rule; UNAVAILABLE,
   *     DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and others if no server answered in time and failing
   *     open is not allowed; CANCELLED if the thread is interrupted
   */
  public RedirectAnswer redirect(String videoUrl) {
    return redirect(videoUrl, CallSettings.DEFAULT);
  }

  /** As {@link #redirect(String)}, with settings of its own. */
  public RedirectAnswer redirect(String videoUrl, CallSettings settings) {
    return stub(channel, settings, videoUrl);
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
    return CompletableFuture.supplyAsync(
        () -> redirect(videoUrl, settings), options.callbackExecutor());
  }

  /** The circuit breakers by name; a client has one, named as its target without the scheme. */
  public Map<String, CircuitBreaker> breakers() {
    return Map.of(breaker.name(), breaker);
  }

  /** Refuses new calls, ends those in flight with CANCELLED, closes the connections. */
  @Override
  public void close() {
    channel.shutdownNow();
  }

  private RedirectAnswer stub(Channel channel, CallSettings settings, String videoUrl) {
    String url =
        loadBalancerGrpc
            .newBlockingStub(channel)
            .withDeadlineAfter(
                settings.deadline().orElse(options.deadline(settings.operation())).toNanos(),
                TimeUnit.NANOSECONDS)
            .redirect(Request.newBuilder().setVideo(videoUrl).build())
            .getRedirect();
    return new RedirectAnswer(url, false, Optional.empty());
  }

  private static String name(String target) {
    return target.replaceFirst("^[a-z][a-z0-9+.-]*:///?(?=[^/])", "");
  }
}
