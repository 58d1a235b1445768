package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlSettingsTest {
  private static final String H2 = "jdbc:h2:mem:test";

  @Test
  void withoutADatabaseThereIsNoControlApi() throws Exception {
    assertThat(read(false, Map.of("CONTROL_HOST", "0.0.0.0", "CONTROL_ADMIN_TOKEN", "abc")))
        .isEmpty();
  }

  @Test
  void aDatabaseAloneIsEnough() throws Exception {
    ControlSettings settings = read(false, Map.of("DATABASE_URL", H2)).orElseThrow();

    assertThat(settings.host()).isEqualTo("127.0.0.1");
    assertThat(settings.port()).isEqualTo(50053);
    assertThat(settings.adminToken()).isEmpty();
    assertThat(settings.locks()).isEqualTo(new LockSettings(LockSettings.Type.DATABASE, List.of()));
    assertThat(settings.stateDirectory()).isEmpty();
    assertThat(settings.healthOfLocks()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"})
  void theLoopbackNeedsNoTls(String host) throws Exception {
    assertThat(read(false, Map.of("DATABASE_URL", H2, "CONTROL_HOST", host))).isPresent();
  }

  @ParameterizedTest
  @CsvSource({"0.0.0.0", "::", "10.0.0.1", "balancer.example.com", "127.0.0.1.example.com"})
  void anyOtherHostNeedsTlsOrPermission(String host) throws Exception {
    Map<String, String> variables = Map.of("DATABASE_URL", H2, "CONTROL_HOST", host);

    assertThat(errors(variables))
        .singleElement()
        .satisfies(error -> assertThat(error).startsWith("CONTROL_HOST: " + host + " without TLS"));
    assertThat(read(true, variables)).isPresent();
    Map<String, String> permitted = new HashMap<>(variables);
    permitted.put("CONTROL_INSECURE", "on");
    assertThat(read(false, permitted)).isPresent();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LOCK_TYPE|zookeeper|LOCK_TYPE: \"zookeeper\" (expected: one of database, redis, etcd)",
        "LOCK_TYPE|redis|REDIS_ADDR: not set (expected with LOCK_TYPE=redis: host:port)",
        "LOCK_TYPE|etcd|ETCD_ENDPOINTS: not set (expected with LOCK_TYPE=etcd: host:port)",
        "REDIS_ADDR|redis://a:1|REDIS_ADDR: \"redis://a:1\" (expected: host:port, without a scheme)",
        "REDIS_ADDR|a:70000|REDIS_ADDR: \"a:70000\" (expected: host:port, without a scheme)",
        "ETCD_ENDPOINTS|a:1,http://b:2|ETCD_ENDPOINTS entry 2: \"http://b:2\" (expected: host:port, without a scheme)",
        "ROUTES_FILE|routes.json|ROUTES_FILE, DATABASE_URL: both are set (expected: one of them, since both replace the routing)",
        "STATE_DIR|/proc/nowhere|STATE_DIR: cannot be created (expected: a directory that can be written to)",
        "DATABASE_PASSWORD_FILE|/nowhere|DATABASE_PASSWORD_FILE: cannot be read (expected: a readable file)",
      })
  void errorsSayWhatIsExpected(String variable, String value, String error) {
    assertThat(errors(Map.of("DATABASE_URL", H2, variable, value))).containsExactly(error);
  }

  @Test
  void aUrlThatIsRejectedIsNotQuotedSinceItMayHoldAPassword() {
    assertThat(errors(Map.of("DATABASE_URL", "jdbc:postgresql://user:hidden@db/x")))
        .singleElement()
        .satisfies(
            error ->
                assertThat(error)
                    .startsWith("DATABASE_URL: ")
                    .contains("(expected: jdbc:h2:")
                    .doesNotContain("hidden"));
  }

  @Test
  void thePasswordMayBeInAFile(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("password"), "se cret\n");
    Map<String, String> variables =
        Map.of("DATABASE_URL", H2, "DATABASE_PASSWORD_FILE", file.toString());

    DatabaseSettings database = read(false, variables).orElseThrow().database();

    assertThat(database.password()).contains("se cret");
    assertThat(database.toString()).doesNotContain("cret");
    Map<String, String> both = new HashMap<>(variables);
    both.put("DATABASE_PASSWORD", "x");
    assertThat(errors(both))
        .containsExactly(
            "DATABASE_PASSWORD, DATABASE_PASSWORD_FILE: both are set (expected: one of them)");
  }

  @Test
  void whatIsShownOfAUrlHasNoSecret() {
    var database =
        new DatabaseSettings(
            "jdbc:mariadb://user:hidden@db:3306/balancer?password=hidden",
            Optional.empty(),
            Optional.empty());

    assertThat(database).hasToString("jdbc:mariadb://db:3306/balancer");
  }

  private static Optional<ControlSettings> read(boolean tls, Map<String, String> variables)
      throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.SERVE, variables);
    var settings = ControlSettings.read(environment, tls);
    environment.throwIfInvalid();
    return settings.get();
  }

  private static List<String> errors(Map<String, String> variables) {
    return Errors.of(() -> read(false, variables));
  }
}
