package io.redirectbalancer.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadReportTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1_000_000_000_000L})
  void takesNumbersWithinBounds(long connections) {
    LoadReport report = new LoadReport(Map.of("a", connections), Duration.ofHours(1));

    assertThat(report.connections()).containsExactly(Map.entry("a", connections));
  }

  @Test
  void rejectsWhatIsOutOfBoundsAndSaysAllOfIt() {
    assertThatThrownBy(
            () ->
                new LoadReport(
                    Map.of("b", 1_000_000_000_001L, "a", -1L, "c", 5L), Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "connections of \"a\": -1 (expected: 0 to 1000000000000); connections of \"b\":"
                + " 1000000000001 (expected: 0 to 1000000000000); time to live: PT-1S (expected:"
                + " above 0, at most an hour)");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 3_600_000_001L})
  void rejectsOtherTimesToLive(long micros) {
    Duration timeToLive = Duration.ofNanos(1_000 * micros);

    assertThatThrownBy(() -> new LoadReport(Map.of(), timeToLive))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("time to live: ");
  }
}
