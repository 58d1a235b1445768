package io.redirectbalancer.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameTest {
  private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");

  @Test
  void fitsAFleetOnTheUsualTerminal() {
    assertThat(text(Frame.of(fleet(), 80, 24, "q ends")))
        .isEqualTo(
            """
            redirect-balancer top  12:00:00Z  4 processes, 1 without an answer        q ends
            ADMIN PORT        STATE    CALLS/s p50 ms p99 ms  ERR/s  REJ/s  GEN   MiB  CONN
            localhost:2112    ok          1010   0.10   0.25   10.0   10.0    7   100    50
            server-2:2112     ok           505   0.10   0.25    5.0    5.0    7   100    50
            edge-1:2112       ok          1500      -      -    0.0      -    -    95    12
            server-3:2112     NO ANSWER: connection refused
            PROBLEMS
            server-2:2112: its new routing is invalid, the last stays; see its log
            edge-1:2112: circuit breaker of server:50051 is half-open
            CDN slow is down at 1 of 2
            TARGET                       WANTED    GIVEN  CALLS/s HEALTH
            origin                       10.0 %   10.0 %      150
            fast                         60.0 %   60.0 %      900 up
            slow                         30.0 %   30.0 %      450 DOWN at 1 of 2
            EDGE                                RETRY/s FALLBACK/s BREAKERS
            edge-1:2112                            20.0        0.0 1 half_open, 1 closed
            LAST 1 s
            errors      InvalidArgument 15
            rejections  scheme 15
            edge errors none
            """);
  }

  @Test
  void isWhatTheDocumentsShow() throws IOException {
    assertThat(Files.readString(Path.of("docs/operations.md")))
        .contains(text(Frame.of(fleet(), 80, 24, "q ends")));
  }

  @Test
  void separatesBlocksWhereThereIsRoom() {
    AdminPort port =
        Readings.port(
            "localhost:2112",
            Readings.at(10, Readings.balancer(1_000)),
            Readings.at(12, Readings.balancer(21_000)));

    assertThat(text(Frame.of(Fleet.of(List.of(port), NOON), 80, 24, "")))
        .isEqualTo(
            """
            redirect-balancer top  12:00:00Z  1 process

            ADMIN PORT        STATE    CALLS/s p50 ms p99 ms  ERR/s  REJ/s  GEN   MiB  CONN
            localhost:2112    ok         10100   0.10   0.25    100    100    7   100    50

            TARGET                       WANTED    GIVEN  CALLS/s HEALTH
            origin                       10.0 %   10.0 %     1000
            fast                         60.0 %   60.0 %     6000 not probed
            slow                         30.0 %   30.0 %     3000 not probed

            LAST 2 s
            errors      InvalidArgument 200
            rejections  scheme 200
            """);
  }

  @Test
  void marksTitlesAndWhatIsWrong() {
    assertThat(Frame.of(fleet(), 80, 24, "").lines())
        .filteredOn(line -> line.style() == Frame.Style.ALERT)
        .extracting(line -> line.text().split(" ", 2)[0])
        .containsExactly(
            "server-3:2112", "server-2:2112:", "edge-1:2112:", "CDN", "slow", "edge-1:2112");
  }

  @ParameterizedTest
  @CsvSource({"80, 24", "79, 23", "200, 60", "40, 10", "20, 5", "10, 3", "2, 2", "1, 1"})
  void neverExceedsATerminal(int width, int height) {
    Frame frame = Frame.of(fleet(), width, height, "q ends");

    assertThat(frame.lines()).hasSizeLessThanOrEqualTo(height).isNotEmpty();
    assertThat(frame.lines())
        .allSatisfy(line -> assertThat(line.text()).hasSizeLessThanOrEqualTo(width));
  }

  @Test
  void saysHowMuchOfALongListIsLeftOut() {
    List<AdminPort> ports =
        IntStream.range(0, 60)
            .mapToObj(i -> Readings.silent("server-" + i + ":2112", "connection refused"))
            .toList();

    assertThat(Frame.of(Fleet.of(ports, NOON), 80, 24, "").lines())
        .hasSize(24)
        .last()
        .isEqualTo(new Frame.Line("… 39 more", Frame.Style.ALERT));
  }

  @ParameterizedTest
  @CsvSource({
    "NaN, -",
    "0, 0.0",
    "0.05, 0.1",
    "99.94, 99.9",
    "99.95, 100",
    "15000.4, 15000",
  })
  void ratesHaveADecimalWhereItMatters(double rate, String text) {
    assertThat(Frame.rate(rate)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "NaN, -",
    "0.0000512, 0.05",
    "0.00994, 9.94",
    "0.009996, 10.0",
    "0.0999, 99.9",
    "0.25, 250",
    "Infinity, >1000"
  })
  void latenciesHaveThreeDigits(double seconds, String text) {
    assertThat(Frame.millis(seconds)).isEqualTo(text);
  }

  /** Two balancers of different load, an edge, and one that is not there. */
  static Fleet fleet() {
    String broken =
        Readings.balancer(1_500).replace("reload_successful 1", "reload_successful 0")
            + "cdn_up{cdn=\"fast\"} 1\ncdn_up{cdn=\"slow\"} 0\n";
    return Fleet.of(
        List.of(
            Readings.port(
                "localhost:2112",
                Readings.at(10, Readings.balancer(1_000)),
                Readings.at(
                    11,
                    Readings.balancer(2_000) + "cdn_up{cdn=\"fast\"} 1\ncdn_up{cdn=\"slow\"} 1\n")),
            Readings.port(
                "server-2:2112",
                Readings.at(10, Readings.balancer(1_000)),
                Readings.at(11, broken)),
            Readings.port(
                "edge-1:2112",
                Readings.at(10, Readings.edge(0, 0)),
                Readings.at(
                    11,
                    Readings.edge(1_500, 20),
                    "ok",
                    Map.of("server:50051", "half_open", "other:50051", "closed"))),
            Readings.silent("server-3:2112", "connection refused")),
        NOON);
  }

  private static String text(Frame frame) {
    return frame.lines().stream().map(line -> line.text() + "\n").collect(Collectors.joining());
  }
}
