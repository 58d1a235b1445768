package io.redirectbalancer.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.config.DatabaseSettings;
import io.redirectbalancer.control.store.Instance;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.control.store.StoredCdn;
import io.redirectbalancer.control.store.Tables;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.metrics.RoutingMetrics;
import io.redirectbalancer.reload.RouteReloads;
import io.redirectbalancer.reload.RoutingConfig;
import io.redirectbalancer.reload.SavedRouting;
import io.redirectbalancer.routing.OriginProtection;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.WeightedCdn;
import io.redirectbalancer.url.OriginDomains;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FollowerTest {
  private static final DatabaseSettings UNREACHABLE =
      new DatabaseSettings(
          "jdbc:mariadb://127.0.0.1:1/control", Optional.of("u"), Optional.of("hidden"));

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Store store = RunningControl.emptyStore();
  private final Path folder;

  FollowerTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void seedsAnEmptyDatabaseAndTakesEachLaterGeneration() {
    try (Follower follower = follower(store, Optional.empty())) {
      Routing routing = start(follower);
      assertThat(routing.redirector.table().generation()).isEqualTo(1);

      change(1, cdn -> withWeight(cdn, 5));
      follower.follow(routing.reloads);

      assertThat(routing.redirector.table().generation()).isEqualTo(2);
      assertThat(routing.redirector.table().describeCdns()).isEqualTo("cdn.example.com=5");
      assertThat(store.read(RunningControl.LIMIT, Tables::instances))
          .extracting(Instance::name, Instance::generation)
          .containsExactly(tuple("test", 2L));
      assertThat(registry.get("control.generation").gauge().value()).isEqualTo(2);
      assertThat(registry.get("control.generation.lag").gauge().value()).isZero();
      assertThat(registry.get("control.database.up").gauge().value()).isEqualTo(1);
    }
  }

  @Test
  void aRoutingThatIsInvalidIsRejectedOnceAndTheNextOneTaken() {
    try (Follower follower = follower(store, Optional.empty());
        CapturedLogs logs = new CapturedLogs()) {
      Routing routing = start(follower);

      change(1, cdn -> withWeight(cdn, 0));
      follower.follow(routing.reloads);
      follower.follow(routing.reloads);

      assertThat(routing.redirector.table().generation()).isEqualTo(1);
      assertThat(registry.get("control.generation.lag").gauge().value()).isEqualTo(1);
      assertThat(logs.ours().stream().filter(line -> line.getMessage().contains("rejected")))
          .hasSize(1);

      change(1, cdn -> withWeight(cdn, 2));
      follower.follow(routing.reloads);

      assertThat(routing.redirector.table().generation()).isEqualTo(3);
    }
  }

  @Test
  void withoutTheDatabaseItStartsWithTheSeed() {
    try (Store unreachable = Store.open(UNREACHABLE);
        Follower follower = follower(unreachable, Optional.empty());
        CapturedLogs logs = new CapturedLogs()) {
      Routing routing = start(follower);
      follower.follow(routing.reloads);

      assertThat(routing.redirector.table().describeCdns()).isEqualTo("cdn.example.com");
      assertThat(registry.get("control.database.up").gauge().value()).isZero();
      assertThat(logs.ours().toString()).contains("does not answer").doesNotContain("hidden");
    }
  }

  @Test
  void withoutTheDatabaseItStartsWithWhatWasSavedLast() throws IOException {
    SavedRouting saved = new SavedRouting(folder);
    try (Follower follower = follower(store, Optional.of(saved))) {
      Routing routing = start(follower);
      change(1, cdn -> withWeight(cdn, 7));
      follower.follow(routing.reloads);
    }
    try (Store unreachable = Store.open(UNREACHABLE);
        Follower follower = follower(unreachable, Optional.of(saved))) {
      Follower.First first = follower.first();

      assertThat(first.generation()).isEqualTo(2);
      assertThat(first.config().cdns()).hasToString("[cdn.example.com=7]");
    }
  }

  /** By generation, the saved routing is the database's, or the variables' one is. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDatabaseThatAnswersAfterTheStartIsFollowed(boolean isSaved) throws IOException {
    SavedRouting saved = new SavedRouting(folder);
    saved.save(1, seed());
    String url = "jdbc:h2:file:" + folder.resolve("late");
    var late = new DatabaseSettings(url + ";IFEXISTS=TRUE", Optional.empty(), Optional.empty());
    try (Store store = Store.open(late);
        Follower follower = follower(store, isSaved ? Optional.of(saved) : Optional.empty());
        CapturedLogs logs = new CapturedLogs()) {
      Routing routing = start(follower);
      assertThat(logs.ours().toString()).contains("does not answer");
      Store.open(new DatabaseSettings(url, Optional.empty(), Optional.empty())).migrate();

      await()
          .untilAsserted(
              () -> {
                follower.follow(routing.reloads);
                assertThat(logs.ours().toString()).contains("the database answers");
              });

      assertThat(registry.get("control.generation.lag").gauge().value()).isZero();
      assertThat(logs.ours()).noneMatch(line -> line.getLevel() == Level.ERROR);
    }
  }

  @Test
  void aDatabaseRestoredFromABackupIsFollowed() {
    try (Follower follower = follower(store, Optional.empty())) {
      Routing routing = start(follower);
      change(1, 10, cdn -> withWeight(cdn, 6));
      follower.follow(routing.reloads);
      assertThat(routing.redirector.table().generation()).isEqualTo(10);

      change(1, 5, cdn -> withWeight(cdn, 2));
      follower.follow(routing.reloads);

      assertThat(routing.redirector.table().generation()).isEqualTo(5);
      assertThat(routing.redirector.table().describeCdns()).isEqualTo("cdn.example.com=2");
    }
  }

  @Test
  void aSavedRoutingThatIsBrokenIsSaidAndTheSeedTaken() throws IOException {
    Files.writeString(folder.resolve("routing.json"), "{\"generation\": 3, \"routing\": {}}");
    try (Store unreachable = Store.open(UNREACHABLE);
        Follower follower = follower(unreachable, Optional.of(new SavedRouting(folder)));
        CapturedLogs logs = new CapturedLogs()) {
      assertThat(follower.first().config()).isEqualTo(seed());
      assertThat(logs.ours().toString()).contains("the saved routing cannot be used");
    }
  }

  @Test
  void aDirectoryThatCannotBeWrittenKeepsNothingFromBeingInForce() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    try (Follower follower = follower(store, Optional.of(new SavedRouting(file)));
        CapturedLogs logs = new CapturedLogs()) {
      assertThat(follower.first().generation()).isEqualTo(1);
      assertThat(logs.ours().toString()).contains("the routing could not be saved");
    }
  }

  private record Routing(Redirector redirector, RouteReloads reloads) {}

  private Follower follower(Store of, Optional<SavedRouting> saved) {
    Follower follower = new Follower(of, seed(), saved, "test", InstantSource.system());
    follower.bindTo(registry);
    return follower;
  }

  private Routing start(Follower follower) {
    Follower.First first = follower.first();
    Redirector redirector = new Redirector(first.config().table(first.generation()));
    var reloads =
        new RouteReloads(
            redirector,
            new RedirectMetrics(registry, redirector.table().targets()),
            new RoutingMetrics(registry, InstantSource.system(), redirector),
            false,
            Runnable::run);
    return new Routing(redirector, reloads);
  }

  /** Changes a CDN without the services' checks. */
  private void change(long id, UnaryOperator<StoredCdn> change) {
    change(id, store.read(RunningControl.LIMIT, Tables::generation) + 1, change);
  }

  private void change(long id, long generation, UnaryOperator<StoredCdn> change) {
    store.write(
        RunningControl.LIMIT,
        tables -> {
          tables.update(change.apply(tables.cdn(id).orElseThrow()), Instant.now());
          tables.storeGeneration(generation, Instant.now());
          return generation;
        });
  }

  private static StoredCdn withWeight(StoredCdn cdn, int weight) {
    return new StoredCdn(
        cdn.id(),
        cdn.name(),
        cdn.url(),
        weight,
        cdn.enabled(),
        cdn.version(),
        cdn.created(),
        cdn.updated(),
        cdn.createdBy(),
        cdn.updatedBy());
  }

  private static RoutingConfig seed() {
    return new RoutingConfig(
        List.of(WeightedCdn.parse("cdn.example.com")),
        Policy.WEIGHTED_ROUND_ROBIN,
        10,
        OriginDomains.any(),
        new OriginProtection(OptionalInt.empty(), 0));
  }
}
