package io.redirectbalancer.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.Scrape;
import io.redirectbalancer.config.ProbeSettings;
import io.redirectbalancer.metrics.CdnHealthMetrics;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.CdnHealth;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.routing.WeightedCdn;
import io.redirectbalancer.url.OriginDomains;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Function;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CdnProbesTest {
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final ManualScheduler time = new ManualScheduler();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Redirector redirector = new Redirector(table(1, "a", "b"));
  private final ScriptedProbes scripted = new ScriptedProbes();
  private final ThreadPoolExecutor threads = (ThreadPoolExecutor) Executors.newCachedThreadPool();
  private final ProbeClient client = new ProbeClient();
  private final Map<String, CompletableFuture<ProbeResult>> lastAsked = new HashMap<>();
  private final CapturedLogs logs = new CapturedLogs();

  @AfterEach
  void stop() {
    threads.shutdownNow();
    client.close();
    logs.close();
  }

  /** Results of one CDN's probes, + or -, and after each of them whether it is up, U or D. */
  @ParameterizedTest
  @CsvSource({
    "++++, UUUU",
    "--, UU",
    "---, UUD",
    "--+--+--+--, UUUUUUUUUUU",
    "-+-+-+-+-+-, UUUUUUUUUUU",
    "---+-+-+-, UUDDDDDDD",
    "---++, UUDDU",
    "------++--+---, UUDDDDDUUUUUUD",
    "+++++++++++---, UUUUUUUUUUUUUD",
  })
  void threeFailuresInARowTakeACdnOutAndTwoSuccessesInARowBringItBack(
      String results, String expected) {
    start(scripted);
    StringBuilder states = new StringBuilder();
    for (int i = 0; i < results.length(); i++) {
      scripted.take("a").complete(new ProbeResult(results.charAt(i) == '+', ""));
      scripted.take("b").complete(new ProbeResult(true, ""));
      states.append(isUp("a") ? 'U' : 'D');
      assertThat(isUp("b")).isTrue();
      time.pass(INTERVAL);
    }

    assertThat(states).hasToString(expected);
  }

  @Test
  void everyIntervalProbesEveryCdnOnce() {
    start(scripted);
    time.pass(INTERVAL.multipliedBy(3));

    assertThat(scripted.asked).containsOnly(entry("a", 4), entry("b", 4));
  }

  @Test
  void resultsCountInTheOrderOfTheirProbes() {
    start(scripted);
    time.pass(INTERVAL.multipliedBy(3));
    var first = scripted.take("a");
    var second = scripted.take("a");
    var third = scripted.take("a");
    var fourth = scripted.take("a");

    fourth.complete(new ProbeResult(true, ""));
    third.complete(new ProbeResult(false, ""));
    second.complete(new ProbeResult(false, ""));
    assertThat(isUp("a")).isTrue();
    first.complete(new ProbeResult(false, ""));

    // Three failures, then one success: by the order in which they came it would still be up.
    assertThat(isUp("a")).isFalse();
  }

  @Test
  void changesAreLoggedOnceEachAndCounted() {
    start(scripted);
    complete("a", false, 10);
    assertThat(logs.ours())
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getLevel()).isEqualTo(Level.WARN);
              assertThat(event.getMessage()).isEqualTo("CDN is marked down");
              assertThat(event.getKeyValuePairs())
                  .extracting(Object::toString)
                  .containsExactly("cdn=\"a\"", "address=\"a.example:81\"", "probe=\"said no\"");
            });
    assertThat(scrape().value("cdn_up", "cdn", "a")).isZero();
    assertThat(scrape().value("cdn_up", "cdn", "b")).isEqualTo(1);

    complete("a", true, 10);
    complete("a", false, 3);

    assertThat(logs.ours())
        .extracting(event -> event.getLevel() + " " + event.getMessage())
        .containsExactly(
            "WARN CDN is marked down", "INFO CDN is marked up", "WARN CDN is marked down");
    assertThat(changes("a", "down")).isEqualTo(2);
    assertThat(changes("a", "up")).isEqualTo(1);
    assertThat(changes("b", "down")).isZero();
    assertThat(changes("b", "up")).isZero();
  }

  @Test
  void theGenerationStaysWhenHealthChanges() {
    start(scripted);
    complete("a", false, 3);

    assertThat(isUp("a")).isFalse();
    assertThat(redirector.table().generation()).isEqualTo(1);
  }

  @Test
  void followsTheTable() {
    start(scripted);
    complete("a", false, 3);
    complete("b", false, 2);

    redirector.swap(table(2, "b", "c"));
    assertThat(scripted.asked).doesNotContainKey("c");
    time.pass(INTERVAL);

    assertThat(scrape().labelValues("cdn_up", "cdn")).containsExactlyInAnyOrder("b", "c");
    assertThat(scrape().labelValues("cdn_health_changes_total", "cdn"))
        .containsExactlyInAnyOrder("b", "c");
    complete("b", false, 1); // the third in a row: its count went along
    assertThat(isUp("b")).isFalse();
    complete("c", false, 3);
    assertThat(isUp("c")).isFalse();
    assertThat(scripted.asked).containsEntry("a", 3);
  }

  @Test
  void aCdnOfTheSameNameElsewhereIsAnotherCdn() {
    start(scripted);
    complete("a", false, 3);

    redirector.swap(table(2, "a@elsewhere.example", "b"));
    time.pass(INTERVAL);

    assertThat(scrape().value("cdn_up", "cdn", "a")).isEqualTo(1);
    assertThat(changes("a", "down")).isZero();
    complete("a", false, 3);
    assertThat(scrape().value("cdn_up", "cdn", "a")).isZero();
    assertThat(changes("a", "down")).isEqualTo(1);
  }

  @Test
  void resultsThatComeAfterACdnHasGoneCountForNothing() {
    start(scripted);
    time.pass(INTERVAL.multipliedBy(2));
    redirector.swap(table(2, "b"));
    time.pass(INTERVAL);
    redirector.swap(table(3, "a", "b"));
    for (int i = 0; i < 3; i++) {
      scripted.take("a").complete(new ProbeResult(false, ""));
    }

    assertThat(isUp("a")).isTrue();
    assertThat(logs.ours()).isEmpty();
  }

  @Test
  void aProbeThatCannotBeMadeDoesNotEndTheOthers() {
    boolean[] broken = {true};
    start(
        cdn -> {
          if (broken[0] && cdn.name().equals("a")) {
            throw new IllegalStateException("no probe");
          }
          return scripted.apply(cdn);
        });
    assertThat(scripted.asked).containsOnly(entry("b", 1));
    assertThat(logs.ours()).extracting(event -> event.getLevel()).containsExactly(Level.ERROR);
    broken[0] = false;
    time.pass(INTERVAL);

    assertThat(scripted.asked).containsOnly(entry("a", 1), entry("b", 2));
  }

  @Test
  void probesThatCouldNotBeMadeNeitherCountNorEndThoseThatFollow() {
    start(scripted);
    complete("a", false, 2);
    for (int i = 0; i < 5; i++) {
      time.pass(INTERVAL);
      scripted.take("a").completeExceptionally(new IllegalStateException("no descriptor left"));
    }
    assertThat(isUp("a")).isTrue();
    assertThat(logs.ours())
        .singleElement()
        .satisfies(event -> assertThat(event.getLevel()).isEqualTo(Level.ERROR));

    complete("a", false, 1);
    assertThat(isUp("a")).isFalse();
    complete("a", true, 2);
    assertThat(isUp("a")).isTrue();
  }

  @Test
  void aProbeThatThrowsDoesNotEndThoseThatFollow() {
    boolean[] broken = {true};
    start(
        cdn ->
            () -> {
              if (broken[0]) {
                throw new IllegalStateException("no thread left");
              }
              return scripted.apply(cdn).ask();
            });
    time.pass(INTERVAL);
    broken[0] = false;
    complete("a", false, 3);

    assertThat(isUp("a")).isFalse();
  }

  @Test
  void aResultThatCannotBeCountedDoesNotEndThoseThatFollow() {
    boolean[] broken = {true};
    CdnHealth fragile =
        new CdnHealth() {
          @Override
          public List<Cdn> cdns() {
            return redirector.cdns();
          }

          @Override
          public boolean isUp(Cdn cdn) {
            if (broken[0]) {
              throw new IllegalStateException("not now");
            }
            return redirector.isUp(cdn);
          }

          @Override
          public boolean setUp(Cdn cdn, boolean up) {
            return redirector.setUp(cdn, up);
          }
        };
    CdnProbes probes =
        new CdnProbes(INTERVAL, fragile, new CdnHealthMetrics(registry), time, scripted, () -> {});
    probes.tick();
    time.pass(INTERVAL.minusMillis(1));
    complete("a", false, 1);
    assertThat(logs.ours()).extracting(event -> event.getLevel()).containsExactly(Level.ERROR);
    broken[0] = false;
    complete("a", false, 3);

    assertThat(isUp("a")).isFalse();
  }

  @Test
  void probesNoMoreOnceClosed() {
    CdnProbes probes = start(scripted);
    probes.close();
    time.pass(INTERVAL.multipliedBy(3));

    assertThat(scripted.asked).containsOnly(entry("a", 1), entry("b", 1));
    assertThat(scrape().names()).doesNotContain("cdn_up");
  }

  @Test
  void probesAreSpreadOverTheInterval() {
    redirector.swap(table(2, "a", "b", "c", "d", "e"));
    newProbes(scripted).tick();
    for (int asked = 1; asked <= 15; asked++) {
      time.pass(Duration.ZERO);
      assertThat(scripted.asked.values().stream().mapToInt(Integer::intValue).sum())
          .isEqualTo(asked);
      time.pass(INTERVAL.dividedBy(5));
    }
  }

  @Test
  void aRealCdnThatFailsFlapsHangsDiesAndComesBack() throws Exception {
    try (LocalServer steady = LocalServer.answering(LocalServer.status(302, "Location: /x"));
        LocalServer troubled = LocalServer.answering(LocalServer.status(200))) {
      redirector.swap(
          table(2, "steady@" + steady.address(), "troubled@http://" + troubled.address() + "/b"));
      newProbes(this::httpProbe).tick();
      time.pass(Duration.ZERO);
      settle("steady");
      round(troubled, LocalServer.status(200));
      assertThat(troubled.requests()).containsExactly("HEAD /b/healthz HTTP/1.1");

      for (int i = 0; i < 6; i++) {
        round(troubled, LocalServer.status(i % 3 == 2 ? 200 : 503));
      }
      round(troubled, LocalServer.HANG);
      round(troubled, LocalServer.status(500));
      assertThat(isUp("troubled")).isTrue();
      round(troubled, LocalServer.CLOSE);
      soon().until(() -> !isUp("troubled"));
      assertThat(redirector.redirect("http://s1.origin/a").target()).isEqualTo("steady");

      round(troubled, LocalServer.status(200));
      round(troubled, LocalServer.status(200));
      soon().until(() -> isUp("troubled"));

      troubled.kill();
      rounds(3);
      soon().until(() -> !isUp("troubled"));
      assertThat(isUp("steady")).isTrue();
      steady.kill();
      rounds(3);
      soon().until(() -> !isUp("steady"));
      assertThat(redirector.redirect("http://s1.origin/a").target()).isEqualTo("origin");

      try (LocalServer again =
          new LocalServer(troubled.port(), request -> LocalServer.status(200))) {
        rounds(2);
        soon().until(() -> isUp("troubled"));
        assertThat(again.requests()).hasSize(2);
      }
    }
    assertThat(changes("troubled", "down")).isEqualTo(2);
    assertThat(changes("troubled", "up")).isEqualTo(2);
    assertThat(changes("steady", "down")).isEqualTo(1);
    assertThat(logs.ours()).hasSize(5);
  }

  @Test
  void cdnsThatHangDelayNoOthersProbeAndTakeNoThread() throws Exception {
    List<LocalServer> servers = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        servers.add(
            LocalServer.answering(i % 10 == 0 ? LocalServer.status(500) : LocalServer.HANG));
      }
      servers.get(10).answer(LocalServer.status(200));
      redirector.swap(table(2, servers.stream().map(LocalServer::address).toArray(String[]::new)));
      newProbes(this::httpProbe).tick();
      for (int asked = 1; asked <= 3 * servers.size(); asked++) {
        time.pass(asked == 1 ? Duration.ZERO : INTERVAL.dividedBy(servers.size()));
        int expected = asked;
        soon().until(() -> servers.stream().mapToLong(CdnProbesTest::heads).sum() == expected);
      }
      assertThat(lastAsked.values()).filteredOn(probe -> !probe.isDone()).hasSizeGreaterThan(5);
      soon().until(() -> threads.getActiveCount() == 0);
      time.pass(HttpProbe.TIMEOUT);

      for (LocalServer server : servers) {
        boolean good = server == servers.get(10);
        soon().until(() -> isUp(server.address()) == good);
      }
    } finally {
      for (LocalServer server : servers) {
        server.close();
      }
    }
  }

  @Test
  void runsByItself() throws Exception {
    try (LocalServer bad = LocalServer.answering(LocalServer.status(500))) {
      redirector.swap(table(2, "a@" + bad.address()));
      ProbeSettings settings = new ProbeSettings("/healthz", Duration.ofMillis(20));
      CdnProbes probes = CdnProbes.start(settings, redirector, new CdnHealthMetrics(registry));
      soon().until(() -> !isUp("a"));
      probes.close();
    }
  }

  private static long heads(LocalServer server) {
    return server.requests().stream().filter(request -> request.startsWith("HEAD ")).count();
  }

  private static ConditionFactory soon() {
    return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2));
  }

  private CdnProbes newProbes(Function<Cdn, Probe> probeOf) {
    return new CdnProbes(
        INTERVAL, redirector, new CdnHealthMetrics(registry), time, probeOf, () -> {});
  }

  /** Starts, and goes on until just before the second interval: every CDN has been asked once. */
  private CdnProbes start(Function<Cdn, Probe> probeOf) {
    CdnProbes probes = newProbes(probeOf);
    probes.tick();
    time.pass(INTERVAL.minusMillis(1));
    return probes;
  }

  private Probe httpProbe(Cdn cdn) {
    ProbeUrl url = ProbeUrl.of(cdn, "/healthz");
    Probe probe =
        new HttpProbe(url, client, time, threads, host -> List.of(InetAddress.getAllByName(host)));
    return () -> {
      CompletableFuture<ProbeResult> result = probe.ask();
      lastAsked.put(cdn.name(), result);
      return result;
    };
  }

  /** Time stands still until the last probes of these CDNs, as far as there are any, have ended. */
  private void settle(String... cdns) {
    for (String cdn : cdns) {
      CompletableFuture<ProbeResult> last = lastAsked.get(cdn);
      if (last != null) {
        soon().until(last::isDone);
      }
    }
  }

  /** One more probe of each of two CDNs, the second of which answers so. */
  private void round(LocalServer second, String answer) {
    int before = second.requests().size();
    second.answer(answer);
    time.pass(INTERVAL.dividedBy(2));
    soon().until(() -> second.requests().size() > before);
    if (!answer.equals(LocalServer.HANG)) {
      settle("troubled");
    }
    time.pass(INTERVAL.dividedBy(2));
    settle("steady");
  }

  private void rounds(int number) {
    for (int i = 0; i < 2 * number; i++) {
      time.pass(INTERVAL.dividedBy(2));
      settle("steady", "troubled");
    }
  }

  /** Has the next probes of a CDN end so. */
  private void complete(String cdn, boolean healthy, int times) {
    for (int i = 0; i < times; i++) {
      if (scripted.pending(cdn).isEmpty()) {
        time.pass(INTERVAL);
      }
      scripted.take(cdn).complete(new ProbeResult(healthy, healthy ? "said yes" : "said no"));
    }
  }

  private boolean isUp(String name) {
    return redirector.cdns().stream()
        .filter(cdn -> cdn.name().equals(name))
        .allMatch(redirector::isUp);
  }

  private double changes(String cdn, String to) {
    return scrape().value("cdn_health_changes_total", "cdn", cdn, "to", to);
  }

  private Scrape scrape() {
    return Scrape.parse(registry.scrape());
  }

  private static RoutingTable table(long generation, String... cdns) {
    List<WeightedCdn> list =
        Arrays.stream(cdns)
            .map(cdn -> cdn.length() == 1 ? cdn + "@" + cdn + ".example:81" : cdn)
            .map(WeightedCdn::parse)
            .toList();
    return new RoutingTable(generation, OriginDomains.any(), 0, Policy.WEIGHTED_ROUND_ROBIN, list);
  }

  /** Probes that end when and how a test says. */
  private static final class ScriptedProbes implements Function<Cdn, Probe> {
    /** How often the CDN of each name has been asked. */
    final Map<String, Integer> asked = new HashMap<>();

    private final Map<String, Deque<CompletableFuture<ProbeResult>>> pending = new HashMap<>();

    @Override
    public Probe apply(Cdn cdn) {
      return () -> {
        asked.merge(cdn.name(), 1, Integer::sum);
        CompletableFuture<ProbeResult> result = new CompletableFuture<>();
        pending(cdn.name()).add(result);
        return result;
      };
    }

    Deque<CompletableFuture<ProbeResult>> pending(String cdn) {
      return pending.computeIfAbsent(cdn, name -> new ArrayDeque<>());
    }

    /** The earliest probe that has not been taken yet. */
    CompletableFuture<ProbeResult> take(String cdn) {
      return pending(cdn).remove();
    }
  }
}
