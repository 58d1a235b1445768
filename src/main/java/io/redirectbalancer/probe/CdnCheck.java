package io.redirectbalancer.probe;

import io.redirectbalancer.routing.Cdn;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Asks CDNs once, as their probes do, and marks nothing. */
public final class CdnCheck {
  /** Each takes 2 s at most. */
  private static final int AT_ONCE = 16;

  private CdnCheck() {}

  /**
   * What came of it.
   *
   * @param answered whether there was an answer with a status, even that of an error
   * @param detail the finding in one line
   * @param certificate of its TLS, if the handshake succeeded
   * @param clockAhead how much this machine's clock is ahead of the answer's, to the second
   */
  public record Result(
      boolean healthy,
      boolean answered,
      String detail,
      Optional<X509Certificate> certificate,
      Optional<Duration> clockAhead) {}

  /**
   * Asks all of them.
   *
   * @param path what follows their addresses
   * @return the results in the same order
   */
  public static List<Result> all(List<Cdn> cdns, String path) {
    ExecutorService lookUps = Executors.newCachedThreadPool(CdnCheck::newThread);
    List<Result> results = new ArrayList<>();
    try {
      for (int from = 0; from < cdns.size(); from += AT_ONCE) {
        List<CompletableFuture<Result>> some =
            cdns.subList(from, Math.min(from + AT_ONCE, cdns.size())).stream()
                .map(cdn -> ask(cdn, path, lookUps))
                .toList();
        some.forEach(result -> results.add(result.join()));
      }
    } finally {
      lookUps.shutdownNow();
    }
    return results;
  }

  private static CompletableFuture<Result> ask(Cdn cdn, String path, ExecutorService lookUps) {
    Seen seen = new Seen();
    ProbeClient client = new ProbeClient(seen);
    HttpProbe probe =
        new HttpProbe(
            ProbeUrl.of(cdn, path),
            client,
            client,
            lookUps,
            host -> List.of(InetAddress.getAllByName(host)));
    return probe
        .ask()
        .exceptionally(ProbeResult::ofError)
        .whenComplete((result, error) -> client.close())
        .thenApply(seen::result);
  }

  /** What connections show beside their results. */
  private static final class Seen implements ProbeClient.Observer {
    private volatile boolean answered;
    private volatile @Nullable X509Certificate certificate;
    private volatile @Nullable Duration clockAhead;

    @Override
    public void certificate(X509Certificate found) {
      certificate = found;
    }

    @Override
    public void answer(Optional<Instant> time) {
      answered = true;
      time.ifPresent(there -> clockAhead = Duration.between(there, Instant.now()));
    }

    Result result(ProbeResult found) {
      return new Result(
          found.healthy(),
          answered,
          found.detail(),
          Optional.ofNullable(certificate),
          Optional.ofNullable(clockAhead));
    }
  }

  private static Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "look-up");
    thread.setDaemon(true);
    return thread;
  }
}
