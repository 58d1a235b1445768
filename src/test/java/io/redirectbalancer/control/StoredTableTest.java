package io.redirectbalancer.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.control.store.Snapshot;
import io.redirectbalancer.control.store.StoredCdn;
import io.redirectbalancer.control.store.StoredRouting;
import io.redirectbalancer.routing.OriginProtection;
import io.redirectbalancer.routing.Policy;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class StoredTableTest {
  private static final StoredRouting SETTINGS =
      new StoredRouting(
          "round_robin", 20, List.of("a.example", "b:8080"), OptionalInt.of(5), 30, 1);

  @Test
  void isTheConfigurationOfItsRows() throws ConfigurationException {
    var config =
        StoredTable.config(
            snapshot(SETTINGS, cdn(3, "fast", "https://cdn/base", 2), cdn(4, "b:80", "b:80", 1)));

    assertThat(config.table(7).describeCdns()).isEqualTo("fast@https://cdn/base=2, b:80");
    assertThat(config.policy()).isEqualTo(Policy.ROUND_ROBIN);
    assertThat(config.originEvery()).isEqualTo(20);
    assertThat(config.originDomains()).hasToString("a.example,b:8080");
    assertThat(config.protection()).isEqualTo(new OriginProtection(OptionalInt.of(5), 30));
    assertThat(config.table(7).shares())
        .containsExactly(entry("origin", 0.05), entry("fast", 0.475), entry("b:80", 0.475));
  }

  @Test
  void leavesOutCdnsThatAreNotEnabled() throws ConfigurationException {
    StoredCdn disabled =
        new StoredCdn(2, "b", "no url", -7, false, 1, Instant.EPOCH, Instant.EPOCH, "x", "x");

    assertThat(StoredTable.config(snapshot(SETTINGS, cdn(1, "a", "a", 1), disabled)).cdns())
        .hasSize(1);
  }

  @Test
  void anyDomainIsAStar() throws ConfigurationException {
    StoredRouting any =
        new StoredRouting("destination_hash", 0, List.of("*"), OptionalInt.empty(), 0, 1);

    var config = StoredTable.config(snapshot(any, cdn(1, "a", "a", 1)));

    assertThat(config.originDomains().admitsAny()).isTrue();
    assertThat(config.protection()).isEqualTo(OriginProtection.NONE);
  }

  @Test
  void saysEveryErrorAndItsPlace() {
    StoredRouting wrong =
        new StoredRouting("fastest", -1, List.of("a", "b c"), OptionalInt.of(-3), 101, 1);

    assertThatThrownBy(
            () ->
                StoredTable.config(
                    snapshot(
                        wrong,
                        cdn(17, "a", "a", 1),
                        cdn(19, "x y", "http://u:p@b", 10_001),
                        cdn(23, "c", "a", 1))))
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            e ->
                assertThat(e.errors())
                    .extracting(error -> error.variable() + "|" + error.place())
                    .containsExactly(
                        "cdn 19|",
                        "cdn 23|",
                        "policy|",
                        "origin_every|",
                        "origin_domains|entry 2",
                        "origin_max_per_second|",
                        "panic_percent|"))
        .hasMessageContaining("cdn 23: the address of cdn 17, \"a\" (expected: one of its own)")
        .hasMessageContaining("weight \"10001\" (expected: a whole number from 0 to 10000)");
  }

  @Test
  void needsACdnOfPositiveWeight() {
    assertThatThrownBy(() -> StoredTable.config(snapshot(SETTINGS)))
        .hasMessage("cdns: no CDN (expected: at least one)");
    assertThatThrownBy(
            () -> StoredTable.config(snapshot(SETTINGS, cdn(1, "a", "a", 0), cdn(2, "b", "b", 0))))
        .hasMessage("cdns: no weight above 0 (expected: at least one)");
  }

  private static Snapshot snapshot(StoredRouting settings, StoredCdn... cdns) {
    return new Snapshot(1, settings, Arrays.asList(cdns));
  }

  private static StoredCdn cdn(long id, String name, String url, int weight) {
    return new StoredCdn(
        id, name, url, weight, true, 1, Instant.EPOCH, Instant.EPOCH, "CDN_HOST", "CDN_HOST");
  }
}
