package io.redirectbalancer.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.RoutingTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutesFileTest {
  private final Path folder;

  RoutesFileTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void readsTheFieldsThatTheVariablesHave() throws Exception {
    RoutingTable table =
        read(
            """
            {
              "CDN_HOST": "fast@cdn-a.example.com=3, https://cdn-b.example.com/base=1",
              "CDN_POLICY": "destination_hash",
              "ORIGIN_EVERY": 5,
              "ORIGIN_DOMAINS": "origin-cluster"
            }
            """);

    assertThat(table.generation()).isEqualTo(7);
    assertThat(table.describeCdns())
        .isEqualTo("fast@cdn-a.example.com=3, https://cdn-b.example.com/base");
    assertThat(table.policy()).isEqualTo(Policy.DESTINATION_HASH);
    assertThat(table.originEvery()).isEqualTo(5);
    assertThat(table.originDomains()).hasToString("origin-cluster");
  }

  @Test
  void takesArraysForListsAndTextForNumbers() throws Exception {
    RoutingTable table =
        read(
            "{\"CDN_HOST\": [\"a=2\", \"b\"], \"ORIGIN_EVERY\": \"3\","
                + " \"ORIGIN_DOMAINS\": [\"x\", \"y:8080\"]}");

    assertThat(table.describeCdns()).isEqualTo("a=2, b");
    assertThat(table.originEvery()).isEqualTo(3);
    assertThat(table.originDomains()).hasToString("x,y:8080");
  }

  /** Written out, this number would take all memory. */
  @Test
  void refusesAHugeNumberWithoutWritingItOut() throws Exception {
    assertThat(mistakes("{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": 1e999999999}"))
        .singleElement()
        .asString()
        .contains("ORIGIN_EVERY: \"1E+999999999\" (expected: a whole number");
  }

  @Test
  void anUnknownFieldHidesNoOtherMistake() throws Exception {
    assertThat(mistakes("{\"\": 1, \"CDN\": \"a\", \"CDN_POLICY\": \"x\"}"))
        .satisfiesExactlyInAnyOrder(
            mistake -> assertThat(mistake).contains("\"\": no such field"),
            mistake -> assertThat(mistake).contains("\"CDN\": no such field"),
            mistake -> assertThat(mistake).contains("CDN_POLICY: \"x\""),
            mistake -> assertThat(mistake).contains("CDN_HOST: not set"));
  }

  @Test
  void hasTheVariablesDefaults() throws Exception {
    RoutingTable table = read("{\"CDN_HOST\": \"a\"}");

    assertThat(table.policy()).isEqualTo(Policy.WEIGHTED_ROUND_ROBIN);
    assertThat(table.originEvery()).isEqualTo(10);
    assertThat(table.originDomains().admitsAny()).isTrue();
  }

  @Test
  void reportsEveryMistakeAtOnceWithItsPlace() throws Exception {
    assertThat(
            mistakes(
                """
                {"CDN_HOSTS": "a", "CDN_HOST": ["a=x", "b", "b"], "CDN_POLICY": true,
                 "ORIGIN_EVERY": 1.5, "ORIGIN_DOMAINS": {"a": null}}
                """))
        .containsExactly(
            "\"CDN_HOSTS\": no such field (expected: one of CDN_HOST, CDN_POLICY, ORIGIN_EVERY,"
                + " ORIGIN_DOMAINS)",
            "\"CDN_POLICY\": \"true\" (expected: a string, a number, or an array of strings without"
                + " commas)",
            "\"ORIGIN_DOMAINS\": \"{a=null}\" (expected: a string, a number, or an array of strings"
                + " without commas)",
            "CDN_HOST entry 1: weight \"x\" (expected: a whole number from 0 to 10000)",
            "CDN_HOST entry 3: the name of entry 2, \"b\" (expected: one of its own)",
            "ORIGIN_EVERY: \"1.5\" (expected: a whole number from 0 to 2147483647)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "false", "{}", "[1]", "[\"a\", null]", "[\"a,b\"]"})
  void reportsAFieldThatCannotBeReadOnce(String value) throws Exception {
    assertThat(mistakes("{\"CDN_HOST\": " + value + "}"))
        .singleElement()
        .asString()
        .startsWith("\"CDN_HOST\": ")
        .endsWith(" (expected: a string, a number, or an array of strings without commas)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                     | line 1, column 1: no JSON object",
        "{\"CDN_HOST\": \"a\"   | line 1, column ",
        "{\"CDN_HOST\": \"a\", \"CDN_HOST\": \"b\"} | line 1, column 29: Duplicate field 'CDN_HOST'",
        "{}                     | CDN_HOST: not set (expected: ",
      })
  void reportsWhatIsNoSuchObject(String text, String mistake) throws Exception {
    assertThat(mistakes(text)).singleElement().asString().startsWith(mistake);
  }

  @Test
  void reportsWhatIsNoSuchFile() throws Exception {
    Path large = Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);

    assertThat(mistakes(folder.resolve("none")))
        .containsExactly("no such file (expected: a JSON file)");
    assertThat(mistakes(folder)).containsExactly("not a regular file (expected: a JSON file)");
    assertThat(mistakes(Path.of("/dev/zero")))
        .containsExactly("not a regular file (expected: a JSON file)");
    assertThat(mistakes(large)).containsExactly("more than 1 MiB (expected: at most that)");
  }

  @Test
  void hasChangedOnceItSaysSomethingElseThanWhatWasRead() throws Exception {
    Path path = folder.resolve("routes.json");
    RoutesFile file = new RoutesFile(path);
    Files.writeString(path, "{\"CDN_HOST\": \"a\"}");
    file.read(1);
    assertThat(file.hasChanged()).isFalse();

    Files.writeString(path, "{\"CDN_HOST\": \"a\"}");
    assertThat(file.hasChanged()).isFalse();

    Files.writeString(path, "{\"CDN_HOST\": ");
    assertThat(file.hasChanged()).isTrue();
    assertThatThrownBy(() -> file.read(2)).isInstanceOf(ConfigurationException.class);
    assertThat(file.hasChanged()).isFalse();

    Files.delete(path);
    assertThat(file.hasChanged()).isTrue();
    assertThatThrownBy(() -> file.read(2)).isInstanceOf(ConfigurationException.class);
    assertThat(file.hasChanged()).isFalse();
  }

  private RoutingTable read(String json) throws Exception {
    return new RoutesFile(write(json)).read(7);
  }

  private List<String> mistakes(String json) throws Exception {
    return mistakes(write(json));
  }

  /** Without the file's name, with which each begins. */
  private static List<String> mistakes(Path path) {
    var e = catchThrowableOfType(ConfigurationException.class, () -> new RoutesFile(path).read(7));
    String place = "ROUTES_FILE " + path + ": ";
    assertThat(e.mistakes()).allMatch(mistake -> mistake.startsWith(place));
    return e.mistakes().stream().map(mistake -> mistake.substring(place.length())).toList();
  }

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("routes.json"), json);
  }
}
