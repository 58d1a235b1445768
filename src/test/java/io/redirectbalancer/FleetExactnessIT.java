package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.client.RedirectAnswer;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.StaticHosts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * The one in ten of a fleet. Each process counts for itself and starts at zero, so n calls of one
 * process send ⌊n/10⌋ to the origin, and a fleet stays below a tenth by less than one call for each
 * process that ever was: one for each server, and one more for each restart.
 */
class FleetExactnessIT {
  private static final int ORIGIN_EVERY = 10;
  private static final String VIDEO = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";
  private static final String REJECTED = "http://10.0.0.5/a";

  @Test
  void threeServersAndARestartAreOffByLessThanFourCalls() throws Exception {
    try (BalancerProcess first = start("server-1", 0);
        BalancerProcess second = start("server-2", 0);
        BalancerProcess third = start("server-3", 0);
        Load load = new Load(List.of(first.port(), second.port(), third.port()))) {
      load.start();
      load.awaitAnswersOf("server-2", 100);

      second.terminate();
      Count ended = lastCount(second);
      assertThat(second.awaitExit(Duration.ofSeconds(60))).isZero();
      try (BalancerProcess again = start("server-2 again", second.port())) {
        load.awaitAnswersOf("server-2 again", 100);
        load.stop();

        List<Count> counts = new ArrayList<>(List.of(ended));
        for (BalancerProcess balancer : List.of(first, third, again)) {
          counts.add(count(balancer));
        }
        assertThat(load.failures).isEmpty();
        assertThat(counts)
            .allSatisfy(count -> assertThat(count.origin).isEqualTo(count.all / ORIGIN_EVERY));
        long all = counts.stream().mapToLong(Count::all).sum();
        long origin = counts.stream().mapToLong(Count::origin).sum();
        assertThat(all).as("calls counted").isEqualTo(load.answers());
        assertThat(origin).as("calls to the origin").isEqualTo(load.fromOrigin.get());
        assertThat((double) all / ORIGIN_EVERY - origin).isBetween(0.0, 4.0);
      }
    }
  }

  private static BalancerProcess start(String name, int port) throws IOException {
    return BalancerProcess.start(
        Map.of(
            "INSTANCE_NAME", name,
            "PORT", String.valueOf(port),
            "ORIGIN_DOMAINS", "origin-cluster",
            "DRAIN_SECONDS", "2",
            "WARM_UP_SECONDS", "0"));
  }

  /**
   * What a process counted.
   *
   * @param all calls that were not rejected
   * @param origin those of them that went to the origin
   */
  private record Count(long all, long origin) {}

  private static Count count(BalancerProcess balancer) throws Exception {
    URI metrics = URI.create("http://127.0.0.1:" + balancer.adminPort() + "/metrics");
    var request = HttpRequest.newBuilder(metrics).timeout(Duration.ofSeconds(20)).build();
    Scrape scrape =
        Scrape.parse(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body());
    return new Count(
        (long) scrape.sum("redirects_total"),
        (long) scrape.value("redirects_total", "target", "origin"));
  }

  /**
   * The count of a process that ends: calls have long gone elsewhere when its admin port closes.
   */
  private static Count lastCount(BalancerProcess balancer) throws Exception {
    Count last = count(balancer);
    try {
      while (true) {
        last = count(balancer);
      }
    } catch (IOException e) {
      return last; // the port is closed
    }
  }

  /** Callers without pause, of valid URLs and now and then of one that is rejected. */
  private static final class Load implements AutoCloseable {
    private static final int CALLERS = 4;

    private final RedirectClient client;
    private final List<Thread> callers = new ArrayList<>();
    private final Map<String, AtomicLong> answersByServer = new ConcurrentHashMap<>();
    final AtomicLong fromOrigin = new AtomicLong();
    final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    Load(List<Integer> ports) {
      List<String> addresses = ports.stream().map(port -> "127.0.0.1:" + port).toList();
      client =
          RedirectClient.create(
              "static:///fleet",
              RedirectClientOptions.builder()
                  .staticHosts(StaticHosts.parse("fleet=" + String.join("|", addresses)))
                  .build());
    }

    void start() {
      for (int i = 0; i < CALLERS; i++) {
        Thread caller = new Thread(this::call, "caller-" + i);
        callers.add(caller);
        caller.start();
      }
    }

    void awaitAnswersOf(String server, int count) {
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () ->
                  answersByServer.getOrDefault(server, new AtomicLong()).get() >= count
                      || !failures.isEmpty());
    }

    long answers() {
      return answersByServer.values().stream().mapToLong(AtomicLong::get).sum();
    }

    void stop() throws InterruptedException {
      stopped = true;
      for (Thread caller : callers) {
        caller.join();
      }
    }

    private void call() {
      for (int i = 1; !stopped; i++) {
        try {
          if (i % 7 == 0) {
            client.redirect(REJECTED);
            failures.add("not rejected: " + REJECTED);
          } else {
            note(client.redirect(VIDEO));
          }
        } catch (StatusRuntimeException e) {
          if (i % 7 != 0 || e.getStatus().getCode() != Status.Code.INVALID_ARGUMENT) {
            failures.add(e.getMessage());
          }
        }
      }
    }

    private void note(RedirectAnswer answer) {
      answersByServer
          .computeIfAbsent(answer.server().orElse("nobody"), name -> new AtomicLong())
          .incrementAndGet();
      if (answer.url().equals(VIDEO)) {
        fromOrigin.incrementAndGet();
      }
    }

    @Override
    public void close() {
      stopped = true;
      client.close();
    }
  }
}
