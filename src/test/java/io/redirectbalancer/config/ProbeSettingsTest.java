package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeSettingsTest {
  @Test
  void cdnsAreNotProbedUnlessAPathIsGiven() throws ConfigurationException {
    assertThat(Settings.read(Map.of(), ProbeSettings::read)).isEmpty();
    assertThat(Settings.read(Map.of("PROBE_SECONDS", "1"), ProbeSettings::read)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/healthz.m3u8", "//a/b;c=1", "/a%20b?token=a%2Fb&x"})
  void probesEvery5SecondsUnlessToldOtherwise(String path) throws ConfigurationException {
    assertThat(Settings.read(Map.of("PROBE_PATH", path), ProbeSettings::read))
        .contains(new ProbeSettings(path, Duration.ofSeconds(5)));
    assertThat(
            Settings.read(Map.of("PROBE_PATH", path, "PROBE_SECONDS", "3600"), ProbeSettings::read))
        .contains(new ProbeSettings(path, Duration.ofHours(1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"healthz", "http://cdn/healthz", "/a b", "/a%zz", "/a#b", "/ä", "/a|b", "?a"})
  void rejectsWhatIsNoPath(String path) {
    assertThat(Settings.errors(Map.of("PROBE_PATH", path), ProbeSettings::read))
        .containsExactly(
            "PROBE_PATH: \""
                + path
                + "\" (expected: a path such as /healthz.m3u8, URL-encoded, without fragment,"
                + " of at most 1024 characters)");
  }

  @Test
  void boundsTheLengthOfThePath() throws ConfigurationException {
    Map<String, String> longest = Map.of("PROBE_PATH", "/" + "a".repeat(1023));
    Map<String, String> tooLong = Map.of("PROBE_PATH", "/" + "a".repeat(1024));

    assertThat(Settings.read(longest, ProbeSettings::read)).isPresent();
    assertThat(Settings.errors(tooLong, ProbeSettings::read)).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"0", "3601", "1.5", "-1"})
  void rejectsIntervalsBelowASecondAndAboveAnHour(String seconds) {
    assertThat(
            Settings.errors(
                Map.of("PROBE_PATH", "/", "PROBE_SECONDS", seconds), ProbeSettings::read))
        .containsExactly(
            "PROBE_SECONDS: \"" + seconds + "\" (expected: a whole number from 1 to 3600)");
  }
}
