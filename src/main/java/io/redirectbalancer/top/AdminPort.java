package io.redirectbalancer.top;

import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.url.Quote;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One admin port, with what it said in the last minute. Only its answers' futures run on other
 * threads; all else is for one thread.
 */
public final class AdminPort {
  /** What is shown as the last minute. */
  static final int MAX_READINGS = 61;

  private static final int DEFAULT_PORT = 2112;
  private static final String METRICS = "text/plain;version=0.0.4";

  private final String name;
  private final URI base;
  private final Deque<Reading> readings = new ArrayDeque<>();
  private String error = "not asked yet";
  private @Nullable CompletableFuture<Answer> question;

  private AdminPort(String name, URI base) {
    this.name = name;
    this.base = base;
  }

  /**
   * Returns the port at an address.
   *
   * @param address {@code host:port}, {@code host} for port 2112, or a URL, to which the paths are
   *     added
   * @throws IllegalArgumentException for any other text
   */
  public static AdminPort at(String address) {
    try {
      boolean url = address.startsWith("http://") || address.startsWith("https://");
      URI uri = new URI(url ? address : "http://" + address);
      if (uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null
          && (url || uri.getRawPath().isEmpty())) {
        String path = uri.getRawPath().replaceFirst("/+$", "");
        int port = url || uri.getPort() >= 0 ? uri.getPort() : DEFAULT_PORT;
        URI base = new URI(uri.getScheme(), null, uri.getHost(), port, path, null, null);
        return new AdminPort(base.toString().replaceFirst("^http://", ""), base);
      }
    } catch (URISyntaxException e) {
      // Reported below.
    }
    throw new IllegalArgumentException(
        Quote.line(address) + " (expected: an admin port's host:port or URL)");
  }

  /** Returns the address, as it is shown. */
  String name() {
    return name;
  }

  /** Returns why the last question had no answer; empty if it had one. */
  Optional<String> error() {
    return Optional.of(error).filter(text -> !text.isEmpty());
  }

  /** Whether it answers, but not long enough for figures of an interval. */
  boolean isNew() {
    return error.isEmpty() && readings.size() < 2;
  }

  /** Returns what happened between the last two readings; empty before there are two. */
  Optional<Interval> lastInterval() {
    if (readings.size() < 2) {
      return Optional.empty();
    }
    var newestFirst = readings.descendingIterator();
    Reading last = newestFirst.next();
    return Optional.of(new Interval(newestFirst.next(), last));
  }

  /** Returns the last minute, or as much of it as is known. */
  Optional<Interval> lastMinute() {
    return readings.size() < 2
        ? Optional.empty()
        : Optional.of(new Interval(readings.getFirst(), readings.getLast()));
  }

  Optional<Reading> last() {
    return Optional.ofNullable(readings.peekLast());
  }

  /**
   * Asks for the state, unless the last question is still open; the future never fails.
   *
   * @param patience how long to wait for an answer
   */
  CompletableFuture<Void> ask(HttpClient client, Duration patience) {
    if (question == null) {
      question = answer(client, patience);
    }
    return question.thenAccept(answer -> {});
  }

  /** Takes over the answer to the last question, if it is there. */
  void takeAnswer() {
    if (question != null && question.isDone()) {
      take(question.join());
      question = null;
    }
  }

  private CompletableFuture<Answer> answer(HttpClient client, Duration patience) {
    CompletableFuture<String> health =
        get(client, "/healthz", patience).thenApply(HttpResponse::body);
    CompletableFuture<Map<String, String>> breakers =
        get(client, "/breakers", patience)
            .thenApply(
                response ->
                    response.statusCode() == 200
                        ? Reading.breakers(response.body())
                        : Map.<String, String>of());
    return get(client, "/metrics", patience)
        .thenCombine(health, AdminPort::reading)
        .thenCombine(breakers, (reading, found) -> Answer.of(reading.with(found)))
        // The requests' own time-out ends with an answer's headers.
        .orTimeout(2 * patience.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> Answer.ofError(reason(failure)));
  }

  /** What came of one question: exactly one of both. */
  record Answer(@Nullable Reading reading, @Nullable String error) {
    static Answer of(Reading reading) {
      return new Answer(reading, null);
    }

    static Answer ofError(String error) {
      return new Answer(null, error);
    }
  }

  void take(Answer answer) {
    Reading reading = answer.reading();
    if (reading == null) {
      error = String.valueOf(answer.error());
      return;
    }
    error = "";
    Reading before = readings.peekLast();
    if (before != null && reading.isOfAnotherProcess(before)) {
      readings.clear();
    }
    readings.add(reading);
    if (readings.size() > MAX_READINGS) {
      readings.remove();
    }
  }

  private CompletableFuture<HttpResponse<String>> get(
      HttpClient client, String path, Duration patience) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(patience)
            .header("Accept", path.equals("/metrics") ? METRICS : "text/plain")
            .build();
    return client.sendAsync(request, BodyHandlers.ofString());
  }

  private static Reading reading(HttpResponse<String> metrics, String health) {
    if (metrics.statusCode() != 200) {
      throw new IllegalArgumentException(
          "status " + metrics.statusCode() + " (expected: an admin port)");
    }
    Samples samples = Samples.parse(metrics.body());
    if (!samples.has("process_start_time_seconds")) {
      throw new IllegalArgumentException("no metrics of a balancer or an edge there");
    }
    String line = health.lines().findFirst().orElse("");
    return new Reading(System.nanoTime(), samples, Quote.printable(line), Map.of());
  }

  private static String reason(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof HttpConnectTimeoutException) {
      return "no connection in time";
    }
    return cause instanceof HttpTimeoutException || cause instanceof TimeoutException
        ? "connected, but no answer: frozen?"
        : ErrorText.of(cause);
  }
}
