package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Errors;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.Variable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeSettingsTest {
  private static final Set<Variable> VARIABLES = Variable.readBy(Variable.Reader.SERVE);

  @Test
  void needsNothingButTheCdn() throws ConfigurationException {
    ServeSettings settings = ServeSettings.read(Map.of("CDN_HOST", "cdn.example.com"));

    assertThat(settings.routing().table().describeCdns()).isEqualTo("cdn.example.com");
    assertThat(settings.routing().table().originEvery()).isEqualTo(10);
    assertThat(settings.routing().table().originDomains().admitsAny()).isTrue();
    assertThat(settings.server().port()).isEqualTo(50051);
    assertThat(settings.admin()).isEqualTo(new AdminSettings("127.0.0.1", 2112, Optional.empty()));
    assertThat(settings.log()).isEqualTo(new LogSettings("info", "json"));
  }

  @Test
  void readsTheListOfDomains() throws ConfigurationException {
    ServeSettings settings =
        ServeSettings.read(
            Map.of("CDN_HOST", "cdn", "ORIGIN_DOMAINS", "Origin-Cluster:8080 , b.example"));

    assertThat(settings.routing().table().originDomains())
        .hasToString("origin-cluster:8080,b.example");
  }

  @Test
  void reportsEveryInvalidVariableInALineOfItsOwn() {
    Map<String, String> variables = new HashMap<>();
    for (Variable variable : VARIABLES) {
      variables.put(variable.name(), "?");
    }
    // Any text may be the name of an instance or of a host; the latter shows when listening.
    variables.put("INSTANCE_NAME", "\u0007");
    variables.remove("ADMIN_HOST");
    // Takes the place of others.
    variables.remove("ROUTES_FILE");
    List<String> anyText =
        VARIABLES.stream()
            .map(Variable::name)
            // OpenTelemetry reads all of its own but the first by itself.
            .filter(
                name ->
                    name.matches("DATABASE_(USER|PASSWORD)|STATE_DIR|OTEL_(?!TRACES_EXPORTER).*"))
            .toList();
    variables.keySet().removeAll(anyText);

    List<String> errors = errors(variables);

    assertThat(errors)
        .extracting(error -> error.replaceFirst("[: ].*", ""))
        .containsExactlyInAnyOrderElementsOf(
            VARIABLES.stream()
                .map(Variable::name)
                .filter(name -> !List.of("ADMIN_HOST", "ROUTES_FILE").contains(name))
                .filter(name -> !anyText.contains(name))
                .toList());
    assertThat(errors).allSatisfy(error -> assertThat(error).contains("(expected: "));
  }

  @Test
  void whatARoutesFileHasTakesThePlaceOfTheVariables(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("routes.json"), "{\"CDN_HOST\": \"a=3,b\", \"ORIGIN_EVERY\": 7}");

    ServeSettings settings =
        ServeSettings.read(
            Map.of(
                "ROUTES_FILE", file.toString(),
                "CDN_HOST", "x=y",
                "ORIGIN_EVERY", "5",
                "ORIGIN_DOMAINS", "origin-cluster"));

    assertThat(settings.routing().table().describeCdns()).isEqualTo("a=3, b");
    assertThat(settings.routing().table().originEvery()).isEqualTo(7);
    assertThat(settings.routing().table().originDomains()).hasToString("origin-cluster");
    assertThat(settings.routing().file()).get().hasToString(file.toString());
    assertThat(settings.routing().overridden())
        .containsExactly(Variable.CDN_HOST, Variable.ORIGIN_EVERY);
  }

  @Test
  void reportsTheNameThatNoRoutesFileCanHaveWithTheOthers() {
    assertThat(errors(Map.of("ROUTES_FILE", "a\0b", "PORT", "x")))
        .satisfiesExactly(
            error -> assertThat(error).startsWith("ROUTES_FILE a?b: not a file's name"),
            error -> assertThat(error).startsWith("PORT: "));
  }

  @Test
  void withoutARoutesFileNoVariableIsIgnored() throws Exception {
    ServeSettings settings = ServeSettings.read(Map.of("CDN_HOST", "cdn", "ORIGIN_EVERY", "5"));

    assertThat(settings.routing().file()).isEmpty();
    assertThat(settings.routing().overridden()).isEmpty();
  }

  @Test
  void reportsTheErrorsOfARoutesFileWithTheOthers(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("routes.json"), "{\"CDN_HOST\": \"a=x,b=y\"}");

    assertThat(errors(Map.of("ROUTES_FILE", file.toString(), "PORT", "x")))
        .containsExactly(
            "ROUTES_FILE %s: CDN_HOST entry 1: weight \"x\" (expected: a whole number from 0 to 10000)"
                .formatted(file),
            "ROUTES_FILE %s: CDN_HOST entry 2: weight \"y\" (expected: a whole number from 0 to 10000)"
                .formatted(file),
            "PORT: \"x\" (expected: a whole number from 0 to 65535)");
  }

  @Test
  void doesNotRepeatAMistypedTokenForItIsASecret() {
    assertThat(errors(Map.of("CDN_HOST", "a", "ADMIN_TOKEN", "pass word")))
        .containsExactly(
            "ADMIN_TOKEN: of 9 characters (expected: letters, digits and . _ ~ + / -)");
  }

  @Test
  void reportsAMissingCdn() {
    assertThat(errors(Map.of()))
        .containsExactly("CDN_HOST: not set (expected: " + Variable.CDN_HOST.meaning() + ")");
  }

  @ParameterizedTest
  @CsvSource({
    "CDN_HOST, cdn:0, 'CDN_HOST entry 1: \"cdn:0\": its port is not 1 to 65535 without leading zeros (expected: host[:port] or http(s)://host[:port][/base])'",
    "ORIGIN_EVERY, -1, 'ORIGIN_EVERY: \"-1\" (expected: a whole number from 0 to 2147483647)'",
    "ORIGIN_DOMAINS, 'a,*', 'ORIGIN_DOMAINS entry 2: host \"*\" (expected: suffix[:port], such as origin-cluster:8080)'",
    "ORIGIN_DOMAINS, 'a,', 'ORIGIN_DOMAINS entry 2: no host (expected: suffix[:port], such as origin-cluster:8080)'",
    "ORIGIN_DOMAINS, a:080, 'ORIGIN_DOMAINS entry 1: port \"080\" (expected: 1 to 65535 without leading zeros)'",
  })
  void saysWhatWasGivenAndWhatIsExpected(String variable, String value, String error) {
    Map<String, String> variables = new HashMap<>(Map.of("CDN_HOST", "cdn"));
    variables.put(variable, value);

    assertThat(errors(variables)).containsExactly(error);
  }

  private static List<String> errors(Map<String, String> variables) {
    return Errors.of(() -> ServeSettings.read(variables));
  }
}
