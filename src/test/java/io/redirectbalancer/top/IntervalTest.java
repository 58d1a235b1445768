package io.redirectbalancer.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntervalTest {
  private static final String BUCKET =
      "grpc_server_handling_seconds_bucket{grpc_service=\"loadBalancer.loadBalancer\",le=\"";

  @Test
  void countsOnlyCallsOfVideos() {
    var interval =
        new Interval(
            Readings.at(10, Readings.balancer(1_000)), Readings.at(12, Readings.balancer(3_000)));

    assertThat(interval.calls()).isEqualTo(2_020);
    assertThat(interval.errors()).isEqualTo(20);
    assertThat(interval.perSecond(interval.calls())).isEqualTo(1_010);
  }

  /** As Prometheus's histogram_quantile has it for the same buckets. */
  @ParameterizedTest
  @CsvSource({"0.25, 0.0005", "0.5, 0.001", "0.7, 0.0055", "0.9, 0.01", "0.99, Infinity"})
  void estimatesQuantilesOfWhatIsNew(double share, double seconds) {
    var interval =
        new Interval(
            Readings.at(0, BUCKET + "0.001\"} 7\n" + BUCKET + "0.01\"} 7\n" + BUCKET + "+Inf\"} 9"),
            Readings.at(
                1, BUCKET + "0.001\"} 57\n" + BUCKET + "0.01\"} 97\n" + BUCKET + "+Inf\"} 109"));

    assertThat(interval.quantile(share)).isCloseTo(seconds, within(1e-9));
  }

  @Test
  void hasNoQuantileWithoutCalls() {
    Reading reading = Readings.at(0, BUCKET + "0.001\"} 7\n" + BUCKET + "+Inf\"} 9");

    assertThat(new Interval(reading, reading).quantile(0.5)).isNaN();
    assertThat(new Interval(Readings.at(0, ""), Readings.at(1, "")).quantile(0.5)).isNaN();
  }

  @Test
  void aCounterThatIsNewOrBeginsAgainStartsAtZero() {
    var interval =
        new Interval(
            Readings.at(0, "redirects_total{target=\"a\"} 10\n"),
            Readings.at(1, "redirects_total{target=\"a\"} 4\nredirects_total{target=\"b\"} 5\n"));

    assertThat(interval.rises("redirects_total", "target"))
        .containsExactly(entry("a", 4.0), entry("b", 5.0));
  }
}
