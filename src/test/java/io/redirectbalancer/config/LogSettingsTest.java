package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogSettingsTest {
  @Test
  void logsInfoAsJsonUnlessToldOtherwise() throws ConfigurationException {
    assertThat(Settings.read(Map.of(), LogSettings::read))
        .isEqualTo(new LogSettings("info", "json"));
  }

  @ParameterizedTest
  @CsvSource({
    "trace, trace",
    "debug, debug",
    "INFO, info",
    "Warn, warn",
    "error, error",
    "fatal, error",
    "PANIC, error",
  })
  void readsLevelsOfWhichFatalAndPanicMeanError(String level, String expected)
      throws ConfigurationException {
    assertThat(Settings.read(Map.of("LOG_LEVEL", level, "LOG_FORMAT", "Text"), LogSettings::read))
        .isEqualTo(new LogSettings(expected, "text"));
  }

  @Test
  void rejectsOtherWords() {
    assertThat(
            Settings.errors(Map.of("LOG_LEVEL", "verbose", "LOG_FORMAT", "xml"), LogSettings::read))
        .containsExactly(
            "LOG_LEVEL: \"verbose\" (expected: one of trace, debug, info, warn, error, fatal, panic)",
            "LOG_FORMAT: \"xml\" (expected: one of json, text)");
  }
}
