package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.config.Errors;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopCommandTest {
  @Test
  void watchesTheOwnAdminPortUnlessOthersAreNamed() throws Exception {
    Map<String, String> variables = Map.of("ADMIN_HOST", "0.0.0.0", "ADMIN_PORT", "2113");

    assertThat(TopCommand.ports(List.of(), variables)).hasSize(1);
    assertThat(TopCommand.ports(List.of("a", "b:1", "http://c/d"), Map.of("ADMIN_PORT", "x")))
        .hasSize(3);
  }

  @Test
  void reportsEveryAddressThatIsNone() {
    assertThat(Errors.of(() -> TopCommand.ports(List.of("a b", "c", "d/e"), Map.of())))
        .containsExactly(
            "ADMIN: \"a b\" (expected: an admin port's host:port or URL)",
            "ADMIN: \"d/e\" (expected: an admin port's host:port or URL)");
    assertThat(Errors.of(() -> TopCommand.ports(List.of(), Map.of("ADMIN_PORT", "x"))))
        .containsExactly("ADMIN_PORT: \"x\" (expected: a whole number from 0 to 65535)");
  }
}
