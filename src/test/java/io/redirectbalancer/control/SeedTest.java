package io.redirectbalancer.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.control.store.Snapshot;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.reload.RoutingConfig;
import io.redirectbalancer.routing.OriginProtection;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.WeightedCdn;
import io.redirectbalancer.url.OriginDomains;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SeedTest {
  private static final RoutingConfig CONFIG =
      new RoutingConfig(
          List.of(
              WeightedCdn.parse("cdn.example.com:8080"),
              WeightedCdn.parse("fast@https://cdn/base=0")),
          Policy.LEAST_CONNECTIONS,
          7,
          OriginDomains.of(List.of(OriginDomains.Domain.parse("origin-cluster:8080"))),
          new OriginProtection(OptionalInt.of(3), 0));

  private final Store store = RunningControl.emptyStore();

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void isReadBackAsItWas() throws ConfigurationException {
    try (CapturedLogs logs = new CapturedLogs()) {
      assertThat(seed()).isTrue();
      assertThat(logs.ours()).hasSize(1);
    }

    Snapshot stored = store.read(RunningControl.LIMIT, tables -> tables.snapshot());
    assertThat(stored.generation()).isEqualTo(1);
    assertThat(stored.routing().version()).isEqualTo(1);
    assertThat(stored.cdns()).extracting(cdn -> cdn.createdBy()).containsOnly("CDN_HOST");
    RoutingConfig read = StoredTable.config(stored);
    assertThat(read.cdns()).isEqualTo(CONFIG.cdns());
    assertThat(read.policy()).isEqualTo(CONFIG.policy());
    assertThat(read.originEvery()).isEqualTo(7);
    assertThat(read.originDomains()).hasToString("origin-cluster:8080");
    assertThat(read.protection()).isEqualTo(CONFIG.protection());
  }

  @Test
  void aCdnMayHaveTheLongestNameOfDns() throws ConfigurationException {
    String host = ("d".repeat(63) + ".").repeat(3) + "e".repeat(61) + ":65535";
    RoutingConfig config = RunningControl.config(host);

    assertThat(Seed.seed(store, config, InstantSource.system(), RunningControl.LIMIT)).isTrue();

    Snapshot stored = store.read(RunningControl.LIMIT, tables -> tables.snapshot());
    assertThat(StoredTable.config(stored).cdns()).isEqualTo(config.cdns());
  }

  @Test
  void isInTheHistory() {
    seed();

    var changes =
        store.read(
            RunningControl.LIMIT,
            tables ->
                tables.history(OptionalLong.empty(), Optional.empty(), OptionalLong.empty(), 9));

    assertThat(changes)
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.user()).isEqualTo("CDN_HOST");
              assertThat(change.operation()).isEqualTo("seed");
              assertThat(change.generation()).isEqualTo(1);
              assertThat(change.before()).isEmpty();
              assertThat(change.after())
                  .contains("\"name\":\"fast\"", "\"weight\":0", "\"origin_every\":7");
            });
  }

  @Test
  void happensOnceHoweverManyInstancesStart() throws Exception {
    List<Boolean> seeded = new ArrayList<>();
    ExecutorService instances = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Boolean>> starts = List.of(this::seed, this::seed, this::seed, this::seed);
      for (Future<Boolean> start : instances.invokeAll(starts)) {
        seeded.add(start.get());
      }
    } finally {
      instances.shutdownNow();
    }

    assertThat(seeded).containsExactlyInAnyOrder(true, false, false, false);
    Snapshot stored = store.read(RunningControl.LIMIT, tables -> tables.snapshot());
    assertThat(stored.cdns()).hasSize(2);
    assertThat(stored.generation()).isEqualTo(1);
  }

  private boolean seed() {
    return Seed.seed(store, CONFIG, InstantSource.system(), RunningControl.LIMIT);
  }
}
