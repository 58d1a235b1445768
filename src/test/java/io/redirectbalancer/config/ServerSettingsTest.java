package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerSettingsTest {
  private static final int DEFAULT_MAX_CONNECTIONS = 777;

  @Test
  void hasTheDefaultsOfTheDesign() throws ConfigurationException {
    assertThat(Settings.read(Map.of(), ServerSettingsTest::read))
        .isEqualTo(
            new ServerSettings(
                50051,
                Optional.empty(),
                true,
                Optional.empty(),
                256,
                DEFAULT_MAX_CONNECTIONS,
                0,
                100_000,
                Duration.ZERO,
                Duration.ofSeconds(1),
                Duration.ZERO,
                true));
  }

  @Test
  void readsEveryVariable() throws ConfigurationException {
    Map<String, String> variables =
        Map.ofEntries(
            Map.entry("PORT", "0"),
            Map.entry("REFLECTION", "Off"),
            Map.entry("INSTANCE_NAME", "balancer 1"),
            Map.entry("GRPC_TRANSPORT", "netty"),
            Map.entry("MAX_CALLS_PER_CONNECTION", "1"),
            Map.entry("MAX_CONNECTIONS", "5000"),
            Map.entry("MAX_CONNECTIONS_PER_ADDRESS", "20"),
            Map.entry("MAX_RESETS_PER_30_SECONDS", "200"),
            Map.entry("MAX_CONNECTION_AGE_SECONDS", "300"),
            Map.entry("WARM_UP_SECONDS", "2"),
            Map.entry("DRAIN_SECONDS", "15"));

    assertThat(Settings.read(variables, ServerSettingsTest::read))
        .isEqualTo(
            new ServerSettings(
                0,
                Optional.empty(),
                false,
                Optional.of("balancer 1"),
                1,
                5_000,
                20,
                200,
                Duration.ofMinutes(5),
                Duration.ofSeconds(2),
                Duration.ofSeconds(15),
                false));
  }

  @ParameterizedTest
  @CsvSource({
    "PORT, -1, a whole number from 0 to 65535",
    "PORT, 65536, a whole number from 0 to 65535",
    "REFLECTION, yes, 'one of on, off'",
    "INSTANCE_NAME, bücher, at most 128 printable ASCII characters",
    "MAX_CALLS_PER_CONNECTION, 0, a whole number from 1 to 1000000",
    "MAX_CONNECTIONS, 0, a whole number from 1 to 1000000",
    "MAX_CONNECTIONS_PER_ADDRESS, -1, a whole number from 0 to 1000000",
    "MAX_RESETS_PER_30_SECONDS, 0, a whole number from 1 to 1000000000",
    "MAX_CONNECTION_AGE_SECONDS, -1, a whole number from 0 to 2592000",
    "MAX_CONNECTION_AGE_SECONDS, 2592001, a whole number from 0 to 2592000",
    "DRAIN_SECONDS, 86401, a whole number from 0 to 86400",
  })
  void rejectsWhatCannotBe(String variable, String value, String expected) {
    assertThat(Settings.errors(Map.of(variable, value), ServerSettingsTest::read))
        .containsExactly(variable + ": \"" + value + "\" (expected: " + expected + ")");
  }

  @Test
  void saysOnOneLineWhatHoldsLineBreaks() {
    assertThat(Settings.errors(Map.of("INSTANCE_NAME", "a\nb"), ServerSettingsTest::read))
        .containsExactly(
            "INSTANCE_NAME: \"a?b\" (expected: at most 128 printable ASCII characters)");
  }

  @Test
  void boundsTheLengthOfTheInstanceName() throws ConfigurationException {
    Map<String, String> longest = Map.of("INSTANCE_NAME", "a".repeat(128));
    Map<String, String> tooLong = Map.of("INSTANCE_NAME", "a".repeat(129));

    assertThat(Settings.read(longest, ServerSettingsTest::read).instanceName())
        .contains("a".repeat(128));
    assertThat(Settings.errors(tooLong, ServerSettingsTest::read)).hasSize(1);
  }

  @Test
  void listensForTheAdminOnLoopbackUnlessToldOtherwise() throws ConfigurationException {
    assertThat(Settings.read(Map.of(), AdminSettings::read))
        .isEqualTo(new AdminSettings("127.0.0.1", 2112, Optional.empty()));
    assertThat(
            Settings.read(Map.of("ADMIN_HOST", "0.0.0.0", "ADMIN_PORT", "0"), AdminSettings::read))
        .isEqualTo(new AdminSettings("0.0.0.0", 0, Optional.empty()));
    assertThat(Settings.errors(Map.of("ADMIN_PORT", "x"), AdminSettings::read))
        .containsExactly("ADMIN_PORT: \"x\" (expected: a whole number from 0 to 65535)");
  }

  private static Supplier<ServerSettings> read(Environment environment) {
    return ServerSettings.read(environment, DEFAULT_MAX_CONNECTIONS);
  }
}
