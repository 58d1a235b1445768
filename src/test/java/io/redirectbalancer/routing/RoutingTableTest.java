package io.redirectbalancer.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.redirectbalancer.url.OriginDomains;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoutingTableTest {
  @Test
  void keepsWhatItIsGiven() {
    RoutingTable table = Tables.table(7, 5, Policy.ROUND_ROBIN, "fast@a=3, b=0");

    assertThat(table.generation()).isEqualTo(7);
    assertThat(table.originEvery()).isEqualTo(5);
    assertThat(table.policy()).isEqualTo(Policy.ROUND_ROBIN);
    assertThat(table.cdns()).isEqualTo(Tables.cdns("fast@a=3, b=0"));
    assertThat(table.describeCdns()).isEqualTo("fast@a=3, b=0");
    assertThat(table.targets()).containsExactly("origin", "fast", "b");
  }

  @Test
  void knowsTheShareThatEachTargetShouldGet() {
    assertThat(Tables.table(1, 10, Policy.WEIGHTED_ROUND_ROBIN, "a=3, b=1, c=0").shares())
        .containsExactly(
            entry("origin", 0.1), entry("a", 0.675), entry("b", 0.225), entry("c", 0.0));
    assertThat(Tables.table(1, 0, Policy.ROUND_ROBIN, "a=3, b=1, c=0").shares())
        .containsExactly(entry("origin", 0.0), entry("a", 0.5), entry("b", 0.5), entry("c", 0.0));
    assertThat(Tables.table(1, 1, Policy.DESTINATION_HASH, "a").shares())
        .containsExactly(entry("origin", 1.0), entry("a", 0.0));
  }

  @Test
  void rejectsWhatMakesUpNoTableAndSaysEveryReason() {
    assertThatThrownBy(() -> Tables.table(0, -1, Policy.ROUND_ROBIN, "a=0, a=0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "entry 2: the name of entry 1, \"a\" (expected: one of its own); entries 1 to 2: no"
                + " weight above 0 (expected: at least one); originEvery: -1 (expected: >= 0);"
                + " generation: 0 (expected: >= 1)");
    assertThatThrownBy(
            () -> new RoutingTable(1, OriginDomains.any(), 10, Policy.DESTINATION_HASH, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no CDN (expected: at least one)");
  }
}
