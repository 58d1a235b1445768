package io.redirectbalancer.probe;

import static java.util.concurrent.CompletableFuture.completedFuture;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Requests a URL by HEAD and, if that does not succeed, by GET, from the addresses of its host
 * until one of them is healthy: status 2xx or 3xx, redirects not followed. All of it, the body
 * included, must take at most 2 seconds.
 *
 * <p>Only the look-up of the host's name blocks a thread, for as long as the resolver takes. So
 * there is at most one at a time: a probe joins an earlier one's look-up that is still running.
 */
final class HttpProbe implements Probe {
  static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final ProbeResult LATE =
      ProbeResult.failed("no whole answer within " + TIMEOUT.toSeconds() + " s");

  /** Looks up the addresses of a host, at least one; blocks. */
  @FunctionalInterface
  interface NameLookUp {
    List<InetAddress> find(String host) throws IOException;
  }

  private final ProbeUrl url;
  private final ProbeClient client;
  private final Scheduler scheduler;
  private final Executor lookUps;
  private final NameLookUp names;
  private CompletableFuture<List<InetAddress>> lookUp = completedFuture(List.of());

  /**
   * Creates a probe.
   *
   * @param lookUps runs the name look-ups
   */
  HttpProbe(
      ProbeUrl url, ProbeClient client, Scheduler scheduler, Executor lookUps, NameLookUp names) {
    this.url = url;
    this.client = client;
    this.scheduler = scheduler;
    this.lookUps = lookUps;
    this.names = names;
  }

  @Override
  public synchronized CompletableFuture<ProbeResult> ask() {
    if (lookUp.isDone()) {
      lookUp = CompletableFuture.supplyAsync(this::findAddresses, lookUps);
    }
    CompletableFuture<ProbeResult> result = new CompletableFuture<>();
    scheduler.schedule(() -> result.complete(LATE), TIMEOUT);
    var unused =
        lookUp
            .thenAccept(
                addresses ->
                    new AddressRound(addresses, a -> ask(a, result), scheduler, result).start())
            .whenComplete((nothing, error) -> fail(result, error));
    return result;
  }

  private static void fail(CompletableFuture<ProbeResult> result, @Nullable Throwable error) {
    if (error == null) {
      return;
    }
    if (ProbeResult.isOurOwn(error)) {
      result.completeExceptionally(error);
    } else {
      result.complete(ProbeResult.ofError(error));
    }
  }

  private List<InetAddress> findAddresses() {
    try {
      return names.find(url.host());
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private CompletableFuture<ProbeResult> ask(
      InetAddress address, CompletableFuture<ProbeResult> result) {
    return send("HEAD", address, result)
        .thenCompose(
            head ->
                head.healthy() || result.isDone()
                    ? completedFuture(head)
                    : send("GET", address, result));
  }

  /** Sends a request, and closes its connection once there is a result. */
  private CompletableFuture<ProbeResult> send(
      String method, InetAddress address, CompletableFuture<ProbeResult> result) {
    CompletableFuture<ProbeResult> answer = client.send(method, url, address);
    var unused = result.whenComplete((found, error) -> answer.cancel(true));
    return answer;
  }
}
