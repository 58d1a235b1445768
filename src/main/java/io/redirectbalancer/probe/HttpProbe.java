package io.redirectbalancer.probe;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;

import io.redirectbalancer.routing.Cdn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks a URL by HEAD, or by GET where HEAD is answered with 405 or 501. Statuses 2xx and 3xx are
 * healthy, redirects are not followed, and all of it, the body included, has 2 seconds.
 *
 * <p>Nothing here waits on a thread but the look-up of the host's name, which takes as long as the
 * resolver pleases. So there is one at a time at most: a probe that finds an earlier one's look-up
 * still going on joins it.
 */
final class HttpProbe implements Probe {
  static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final ProbeResult LATE =
      ProbeResult.noAnswer("no whole answer within " + TIMEOUT.toSeconds() + " s");
  private static final Pattern NOT_IN_A_URI = Pattern.compile("[\\[\\]{}|^`]");

  /** How the host's name is looked up; blocks. */
  @FunctionalInterface
  interface NameLookUp {
    InetAddress find(String host) throws IOException;
  }

  private final URI url;
  private final HttpClient client;
  private final Executor threads;
  private final Scheduler scheduler;
  private final NameLookUp names;
  private CompletableFuture<InetAddress> lookUp = completedFuture(null);

  /** A probe by a client that has an executor and follows no redirects. */
  HttpProbe(URI url, HttpClient client, Scheduler scheduler, NameLookUp names) {
    this.url = url;
    this.client = client;
    this.threads = client.executor().orElseThrow();
    this.scheduler = scheduler;
    this.names = names;
  }

  /** The CDN's scheme, or http, its authority and base path, then the path. */
  static URI url(Cdn cdn, String path) {
    String text = cdn.scheme().orElse("http") + "://" + cdn.authority() + cdn.basePath();
    int authorityEnd = text.length() - cdn.basePath().length();
    // RFC 3986 has these characters percent-encoded in a path; CDN_HOST may have them as they are.
    String base =
        NOT_IN_A_URI
            .matcher(cdn.basePath())
            .replaceAll(
                found -> String.format(Locale.ROOT, "%%%02X", (int) found.group().charAt(0)));
    return URI.create(text.substring(0, authorityEnd) + base + path);
  }

  @Override
  public synchronized CompletableFuture<ProbeResult> ask() {
    if (lookUp.isDone()) {
      lookUp = CompletableFuture.supplyAsync(this::findAddress, threads);
    }
    CompletableFuture<ProbeResult> late = new CompletableFuture<>();
    scheduler.schedule(() -> late.complete(LATE), TIMEOUT);
    return lookUp
        .thenCompose(address -> send("HEAD", late))
        .thenCompose(
            answer -> isMethodRefused(answer) ? send("GET", late) : completedFuture(answer))
        .handle((answer, error) -> late.isDone() ? LATE : result(answer, error))
        .applyToEither(late, first -> first);
  }

  private InetAddress findAddress() {
    try {
      return names.find(url.getHost());
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  /** Sends a request, which is given up, and its connection closed, when the probe is late. */
  private CompletableFuture<HttpResponse<Void>> send(
      String method, CompletableFuture<ProbeResult> late) {
    if (late.isDone()) {
      return failedFuture(new CancellationException("the probe has ended"));
    }
    var request = HttpRequest.newBuilder(url).method(method, BodyPublishers.noBody()).build();
    var exchange = client.sendAsync(request, BodyHandlers.discarding());
    var unused = late.thenRun(() -> exchange.cancel(true));
    return exchange;
  }

  private static ProbeResult result(
      @Nullable HttpResponse<Void> answer, @Nullable Throwable error) {
    return answer == null
        ? ProbeResult.ofError(Objects.requireNonNull(error))
        : ProbeResult.ofStatus(answer.statusCode());
  }

  /** 405 Method Not Allowed, 501 Not Implemented: RFC 9110, section 9.1. */
  private static boolean isMethodRefused(HttpResponse<Void> answer) {
    return answer.statusCode() == 405 || answer.statusCode() == 501;
  }
}
