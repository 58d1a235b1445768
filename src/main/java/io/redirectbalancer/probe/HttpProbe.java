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
 * Asks a URL by HEAD and, where that does not succeed, by GET, at the addresses of its host until
 * one of them is healthy. Statuses 2xx and 3xx are, redirects are not followed, and all of it, the
 * body included, has 2 seconds.
 *
 * <p>Nothing here waits on a thread but the look-up of the host's name, which takes as long as the
 * resolver pleases. So there is one at a time at most: a probe that finds an earlier one's look-up
 * still going on joins it.
 */
final class HttpProbe implements Probe {
  static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final ProbeResult LATE =
      ProbeResult.failed("no whole answer within " + TIMEOUT.toSeconds() + " s");

  /** How the addresses of a host are looked up, of which there is at least one; blocks. */
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
   * A probe that has not been asked.
   *
   * @param lookUps runs the look-ups of names
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

  /** Sends a request, whose connection is closed once there is a result. */
  private CompletableFuture<ProbeResult> send(
      String method, InetAddress address, CompletableFuture<ProbeResult> result) {
    CompletableFuture<ProbeResult> answer = client.send(method, url, address);
    var unused = result.whenComplete((found, error) -> answer.cancel(true));
    return answer;
  }
}
