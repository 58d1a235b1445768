package io.redirectbalancer.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.Scrape;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.metrics.RoutingMetrics;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.url.InvalidVideoUrlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that changes while calls are served: its watch, and what a reload brings about. */
class RoutesFileWatchTest {
  private final Path folder;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final AtomicReference<Instant> time = new AtomicReference<>(Instant.ofEpochSecond(1_000));
  private final Queue<Runnable> afterScrapes = new ArrayDeque<>();
  private final Path path;
  private final Redirector redirector;
  private final RedirectMetrics redirects;
  private final FileWatch watch;

  /** As a kubelet mounts a ConfigMap: a folder for each version, and links that lead there. */
  RoutesFileWatchTest(@TempDir Path folder) throws IOException, ConfigurationException {
    this.folder = folder;
    path = Files.createSymbolicLink(folder.resolve("routes.json"), Path.of("..data/routes.json"));
    swap("..v1", "{\"CDN_HOST\": \"a=3, b\", \"ORIGIN_EVERY\": 3}");
    RoutesFile file = RoutesFile.open(path.toString(), Map.of());
    RoutingTable table = file.config().table(1);
    redirector = new Redirector(table);
    redirects = new RedirectMetrics(registry, table.targets());
    var routing = new RoutingMetrics(registry, time::get, redirector);
    var reloads = new RouteReloads(redirector, redirects, routing, true, afterScrapes::add);
    watch = new FileWatch(List.of(new RoutesFileReload(file, reloads)));
  }

  @Test
  void aFileThatStaysAsItIsChangesNothing() {
    RoutingTable table = redirector.table();

    watch.look();

    assertThat(redirector.table()).isSameAs(table);
    assertThat(scrape("routing_generation")).isEqualTo(1);
    assertThat(scrape("routing_last_reload_timestamp_seconds")).isEqualTo(1_000);
    assertThat(scrape("routing_reloads_total", "result", "success")).isZero();
    assertThat(scrape("routing_reloads_total", "result", "failure")).isZero();
  }

  @Test
  void aNewTableIsTakenOnceAndTheSequenceGoesOn() throws Exception {
    List<String> targets = new ArrayList<>(targets(2));
    time.set(Instant.ofEpochSecond(2_000));
    write("{\"CDN_HOST\": \"c\", \"ORIGIN_EVERY\": 3}");

    watch.look();
    watch.look();
    targets.addAll(targets(4));

    assertThat(targets).containsExactly("a", "a", "origin", "c", "c", "origin");
    assertThat(scrape("routing_generation")).isEqualTo(2);
    assertThat(scrape("routing_last_reload_timestamp_seconds")).isEqualTo(2_000);
    assertThat(scrape("routing_reloads_total", "result", "success")).isEqualTo(1);
  }

  @Test
  void redirectsAreCountedByTheNamesOfBothTables() throws Exception {
    targets(2);
    write("{\"CDN_HOST\": \"new@c\", \"ORIGIN_EVERY\": 3}");
    watch.look();
    targets(4);

    assertThat(scrape("redirects_total", "target", "a")).isEqualTo(2);
    assertThat(scrape("redirects_total", "target", "b")).isZero();
    assertThat(scrape("redirects_total", "target", "new")).isEqualTo(2);
    assertThat(scrape("redirects_total", "target", "origin")).isEqualTo(2);
  }

  @Test
  void countersOfTargetsThatAreGoneGoOnceScrapesHadTimeToReadThem() throws Exception {
    for (int reload = 0; reload < 30; reload++) {
      write("{\"CDN_HOST\": \"a%1$d, b%1$d\", \"ORIGIN_EVERY\": 0}".formatted(reload));
      watch.look();
      targets(2);
    }
    assertThat(countedTargets()).hasSize(2 + 30 * 2 + 1);

    afterScrapes.forEach(Runnable::run);

    assertThat(countedTargets()).containsExactlyInAnyOrder("origin", "a29", "b29");
    assertThat(scrape("redirects_total", "target", "a29")).isEqualTo(1);
  }

  @Test
  void aTargetThatComesBackMeanwhileGoesOnCounting() throws Exception {
    targets(2);
    write("{\"CDN_HOST\": \"b\"}");
    watch.look();
    write("{\"CDN_HOST\": \"a\"}");
    watch.look();
    afterScrapes.remove().run();
    targets(1);

    assertThat(countedTargets()).containsExactlyInAnyOrder("origin", "a", "b");
    assertThat(scrape("redirects_total", "target", "a")).isEqualTo(3);
    afterScrapes.remove().run();
    assertThat(countedTargets()).containsExactlyInAnyOrder("origin", "a");
  }

  /** Its counter has its time from when it went last. */
  @Test
  void aTargetThatGoesAgainIsKeptAsLongAsOneThatGoesOnce() throws Exception {
    for (String cdn : List.of("b", "a", "b")) {
      write("{\"CDN_HOST\": \"%s\"}".formatted(cdn));
      watch.look();
    }
    afterScrapes.remove().run();
    assertThat(countedTargets()).contains("a");
    afterScrapes.remove().run();
    assertThat(countedTargets()).contains("a");
    afterScrapes.remove().run();

    assertThat(countedTargets()).containsExactlyInAnyOrder("origin", "b");
  }

  @Test
  void saysWhetherTheLastReloadWasGood() throws Exception {
    assertThat(scrape("routing_last_reload_successful")).isEqualTo(1);

    write("{");
    watch.look();
    assertThat(scrape("routing_last_reload_successful")).isZero();
    watch.look();
    assertThat(scrape("routing_last_reload_successful")).isZero();

    // What it said before it was broken.
    write("{\"CDN_HOST\": \"a=3, b\", \"ORIGIN_EVERY\": 3}");
    watch.look();
    assertThat(scrape("routing_last_reload_successful")).isEqualTo(1);
  }

  @Test
  void aReloadThatFailsInAnyOtherWayIsNoGoodOneEither() {
    var another = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    var routing = new RoutingMetrics(another, time::get, redirector);
    var reloads = new RouteReloads(redirector, redirects, routing, false, afterScrapes::add);
    RouteSource broken =
        () -> {
          throw new IllegalStateException("broken");
        };

    assertThatThrownBy(() -> reloads.reload(broken)).hasMessage("broken");
    assertThat(Scrape.parse(another.scrape()).value("routing_last_reload_successful")).isZero();
  }

  @Test
  void theProtectionOfTheOriginIsReloadedAndItsCallsAreCounted() throws Exception {
    redirector.cdns().forEach(cdn -> redirector.setUp(cdn, false));
    assertThat(targets(2)).containsExactly("origin", "origin");

    write("{\"CDN_HOST\": \"a=3, b\", \"ORIGIN_EVERY\": 3, \"ORIGIN_MAX_PER_SECOND\": 0}");
    try (CapturedLogs logs = new CapturedLogs()) {
      watch.look();
      assertThat(logs.ours().get(0).getKeyValuePairs().toString())
          .contains("origin_max_per_second=\"0\"", "panic_percent=\"0\"");
    }
    assertThat(targets(4)).containsExactly("origin", "a", "a", "origin");
    write("{\"CDN_HOST\": \"a=3, b\", \"ORIGIN_EVERY\": 3, \"PANIC_PERCENT\": 50}");
    watch.look();
    assertThat(targets(3)).containsExactly("a", "a", "origin");

    assertThat(scrape("origin_protection_total", "reason", "max_per_second")).isEqualTo(2);
    assertThat(scrape("origin_protection_total", "reason", "panic")).isEqualTo(2);
  }

  @Test
  void warnsOfWhatIsUnsafe() throws Exception {
    write("{\"CDN_HOST\": \"a\"}");
    assertThat(warnings())
        .satisfiesExactlyInAnyOrder(
            warning -> assertThat(warning).startsWith("ORIGIN_DOMAINS=*"),
            warning -> assertThat(warning).contains("every call goes to the origin"));

    write("{\"CDN_HOST\": \"a\", \"ORIGIN_DOMAINS\": \"o\", \"PANIC_PERCENT\": 1}");
    assertThat(warnings()).isEmpty();

    write("{\"CDN_HOST\": \"a\", \"ORIGIN_DOMAINS\": \"o\", \"ORIGIN_MAX_PER_SECOND\": 0}");
    assertThat(warnings()).isEmpty();

    write(
        "{\"CDN_HOST\": \"a\", \"ORIGIN_DOMAINS\": \"o\", \"ORIGIN_MAX_PER_SECOND\": 1,"
            + " \"PANIC_PERCENT\": 50}");
    assertThat(warnings())
        .singleElement()
        .asString()
        .startsWith("ORIGIN_MAX_PER_SECOND is ignored");
  }

  @Test
  void theSharesWantedAreThoseOfTheTableInForce() throws Exception {
    assertThat(scrape("routing_share_wanted", "target", "a")).isEqualTo(0.5);
    assertThat(scrape("routing_share_wanted", "target", "origin")).isEqualTo(1 / 3.0);

    write("{\"CDN_HOST\": \"b=3, c\", \"ORIGIN_EVERY\": 0}");
    watch.look();

    assertThat(scrape("routing_share_wanted", "target", "b")).isEqualTo(0.75);
    assertThat(scrape("routing_share_wanted", "target", "c")).isEqualTo(0.25);
    assertThat(scrape("routing_share_wanted", "target", "origin")).isZero();
    assertThat(registry.scrape()).doesNotContain("routing_share_wanted{target=\"a\"}");
  }

  @Test
  void aBadFileIsRejectedWholeWithOneErrorThatSaysEveryError() throws Exception {
    RoutingTable table = redirector.table();
    write("{\"CDN_HOST\": \"c=x, d=y\", \"ORIGIN_EVERY\": -1}");

    try (CapturedLogs logs = new CapturedLogs()) {
      watch.look();
      watch.look();

      assertThat(logs.ours())
          .singleElement()
          .satisfies(
              event -> {
                assertThat(event.getLevel()).isEqualTo(Level.ERROR);
                assertThat(event.getKeyValuePairs().toString())
                    .contains("CDN_HOST entry 1: ", "CDN_HOST entry 2: ", "ORIGIN_EVERY: ")
                    .contains("generation=\"1\"");
              });
    }
    assertThat(redirector.table()).isSameAs(table);
    assertThat(scrape("routing_generation")).isEqualTo(1);
    assertThat(scrape("routing_last_reload_timestamp_seconds")).isEqualTo(1_000);
    assertThat(scrape("routing_reloads_total", "result", "failure")).isEqualTo(1);
    assertThat(scrape("routing_reloads_total", "result", "success")).isZero();
  }

  @Test
  void aBadFileThatIsMendedIsTaken() throws Exception {
    write("{");
    watch.look();
    Files.delete(path);
    watch.look();
    write("{\"CDN_HOST\": \"c\"}");
    watch.look();

    assertThat(redirector.table().describeCdns()).isEqualTo("c");
    assertThat(redirector.table().generation()).isEqualTo(2);
    assertThat(scrape("routing_reloads_total", "result", "failure")).isEqualTo(2);
    assertThat(scrape("routing_reloads_total", "result", "success")).isEqualTo(1);
  }

  @Test
  void aSwapOfTheLinkToTheVersionIsNoticed() throws Exception {
    swap("..v2", "{\"CDN_HOST\": \"c\"}");
    watch.look();

    assertThat(redirector.table().describeCdns()).isEqualTo("c");
  }

  @Test
  void aReloadThatIsAskedForIsLoggedAlthoughNothingHasChanged() {
    try (CapturedLogs logs = new CapturedLogs()) {
      watch.reload();

      assertThat(logs.ours()).first().extracting(e -> e.getLevel()).isEqualTo(Level.INFO);
    }
    assertThat(scrape("routing_reloads_total", "result", "success")).isEqualTo(1);
  }

  @Test
  void aFailureOfOneFileDoesNotKeepTheOthersFromBeingRead() throws Exception {
    Reloadable broken =
        new Reloadable() {
          @Override
          public void reloadIfChanged() {
            throw new AssertionError("broken");
          }

          @Override
          public void reload() {
            throw new AssertionError("broken");
          }
        };
    List<String> read = new ArrayList<>();
    Reloadable fine =
        new Reloadable() {
          @Override
          public void reloadIfChanged() {
            read.add("if changed");
          }

          @Override
          public void reload() {
            read.add("anyway");
          }
        };
    FileWatch both = new FileWatch(List.of(broken, fine));

    both.look();
    both.reload();

    assertThat(read).containsExactly("if changed", "anyway");
  }

  @Test
  void aReloadOfNothingIsSaid() {
    try (CapturedLogs logs = new CapturedLogs()) {
      new FileWatch(List.of()).reload();

      assertThat(logs.ours())
          .singleElement()
          .extracting(event -> event.getFormattedMessage())
          .isEqualTo("asked to reload, but there is no file to read again");
    }
  }

  private void swap(String version, String json) throws IOException {
    Files.writeString(Files.createDirectory(folder.resolve(version)).resolve("routes.json"), json);
    Path link = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of(version));
    Files.move(link, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  private void write(String json) throws IOException {
    Files.writeString(path, json);
  }

  private List<String> targets(int calls) throws InvalidVideoUrlException {
    List<String> targets = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      Decision decision = redirector.redirect("http://s1.origin-cluster/a.m3u8");
      redirects.redirected(decision);
      targets.add(decision.target());
    }
    return targets;
  }

  /** Those of a reload. */
  private List<String> warnings() {
    try (CapturedLogs logs = new CapturedLogs()) {
      watch.look();
      return logs.ours().stream()
          .filter(event -> event.getLevel() == Level.WARN)
          .map(ILoggingEvent::getFormattedMessage)
          .toList();
    }
  }

  private Set<String> countedTargets() {
    return Scrape.parse(registry.scrape()).labelValues("redirects_total", "target");
  }

  private double scrape(String name, String... labels) {
    return Scrape.parse(registry.scrape()).value(name, labels);
  }
}
