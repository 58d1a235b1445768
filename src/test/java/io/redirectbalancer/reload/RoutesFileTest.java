package io.redirectbalancer.reload;

import static io.redirectbalancer.config.Variable.CDN_HOST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.config.Errors;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.routing.OriginProtection;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.RoutingTable;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
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
              "ORIGIN_DOMAINS": "origin-cluster",
              "ORIGIN_MAX_PER_SECOND": 100,
              "PANIC_PERCENT": "50"
            }
            """);

    assertThat(table.generation()).isEqualTo(7);
    assertThat(table.describeCdns())
        .isEqualTo("fast@cdn-a.example.com=3, https://cdn-b.example.com/base");
    assertThat(table.policy()).isEqualTo(Policy.DESTINATION_HASH);
    assertThat(table.originEvery()).isEqualTo(5);
    assertThat(table.originDomains()).hasToString("origin-cluster");
    assertThat(table.protection()).isEqualTo(new OriginProtection(OptionalInt.of(100), 50));
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
  void rejectsAHugeNumberWithoutWritingItOut() throws Exception {
    assertThat(errors("{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": 1e999999999}"))
        .singleElement()
        .asString()
        .contains("ORIGIN_EVERY: \"1E+999999999\" (expected: a whole number");
  }

  @Test
  void anUnknownFieldHidesNoOtherError() throws Exception {
    assertThat(errors("{\"\": 1, \"CDN\": \"a\", \"CDN_POLICY\": \"x\"}"))
        .satisfiesExactlyInAnyOrder(
            error -> assertThat(error).contains("\"\": no such field"),
            error -> assertThat(error).contains("\"CDN\": no such field"),
            error -> assertThat(error).contains("CDN_POLICY: \"x\""),
            error -> assertThat(error).contains("CDN_HOST: not set"));
  }

  @Test
  void withoutVariablesAFieldThatIsLeftOutHasTheirDefault() throws Exception {
    RoutingTable table = read("{\"CDN_HOST\": \"a\"}");

    assertThat(table.policy()).isEqualTo(Policy.WEIGHTED_ROUND_ROBIN);
    assertThat(table.originEvery()).isEqualTo(10);
    assertThat(table.originDomains().admitsAny()).isTrue();
    assertThat(table.protection()).isEqualTo(OriginProtection.NONE);
  }

  @Test
  void aFieldThatIsLeftOutKeepsTheVariablesValue() throws Exception {
    Map<String, String> variables =
        Map.of(
            "CDN_POLICY", "round_robin",
            "ORIGIN_EVERY", "5",
            "ORIGIN_DOMAINS", "origin-cluster",
            "ORIGIN_MAX_PER_SECOND", "7",
            "PANIC_PERCENT", "8");

    RoutingTable left = read("{\"CDN_HOST\": \"a\"}", variables);
    assertThat(left.policy()).isEqualTo(Policy.ROUND_ROBIN);
    assertThat(left.originEvery()).isEqualTo(5);
    assertThat(left.originDomains()).hasToString("origin-cluster");
    assertThat(left.protection()).isEqualTo(new OriginProtection(OptionalInt.of(7), 8));

    RoutingTable given =
        read("{\"CDN_HOST\": \"a\", \"ORIGIN_DOMAINS\": \"*\", \"PANIC_PERCENT\": 0}", variables);
    assertThat(given.originDomains().admitsAny()).isTrue();
    assertThat(given.protection()).isEqualTo(new OriginProtection(OptionalInt.of(7), 0));
  }

  @Test
  void theCdnsAreAlwaysTheFilesOwn() throws Exception {
    assertThat(errors("{\"ORIGIN_EVERY\": 2}", Map.of("CDN_HOST", "a")))
        .containsExactly(place() + "CDN_HOST: not set (expected: " + CDN_HOST.meaning() + ")");
  }

  @Test
  void anInvalidVariableIsReportedAsTheVariableUnlessTheFileHasItToo() throws Exception {
    Map<String, String> variables =
        Map.of("CDN_HOST", "?", "ORIGIN_DOMAINS", " ", "ORIGIN_EVERY", "x", "PANIC_PERCENT", "x");

    assertThat(errors("{\"CDN_HOST\": \"?\", \"ORIGIN_EVERY\": \"y\"}", variables))
        .satisfiesExactly(
            error -> assertThat(error).startsWith(place() + "CDN_HOST entry 1: \"?\""),
            error -> assertThat(error).startsWith(place() + "ORIGIN_EVERY: \"y\""),
            error -> assertThat(error).startsWith("ORIGIN_DOMAINS: empty"),
            error -> assertThat(error).startsWith("PANIC_PERCENT: \"x\""));
  }

  @Test
  void saysWhichVariablesItOverrides() throws Exception {
    RoutesFile file =
        RoutesFile.open(
            write("{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": 1}").toString(),
            Map.of("ORIGIN_DOMAINS", "b"));

    assertThat(file.fields()).containsExactly(CDN_HOST, Variable.ORIGIN_EVERY);
  }

  /** Which for ORIGIN_DOMAINS would be any host. */
  @ParameterizedTest
  @ValueSource(strings = {"\"\"", "\" \\t\"", "[]", "[\"\"]", "[\" \"]", "null"})
  void aFieldWithNothingInItIsNoDefault(String nothing) throws Exception {
    for (Variable variable : RoutingConfig.VARIABLES) {
      String cdns = variable == CDN_HOST ? "" : "\"CDN_HOST\": \"a\", ";

      assertThat(errors("{%s\"%s\": %s}".formatted(cdns, variable, nothing)))
          .containsExactly(
              "\"%s\": empty (expected: a value, or, except for CDN_HOST, no such field)"
                  .formatted(variable));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\",\"", "\" , , \"", "[\"\", \" \"]", "[\"a\", \"\"]"})
  void aListOfNothingButCommasIsInvalid(String nothing) throws Exception {
    for (Variable variable : List.of(CDN_HOST, Variable.ORIGIN_DOMAINS)) {
      String cdns = variable == CDN_HOST ? "" : "\"CDN_HOST\": \"a\", ";

      assertThat(errors("{%s\"%s\": %s}".formatted(cdns, variable, nothing)))
          .isNotEmpty()
          .allMatch(error -> error.startsWith(variable + " entr"));
    }
  }

  @Test
  void takesAByteOrderMark() throws Exception {
    assertThat(read("\uFEFF{\"CDN_HOST\": \"a\"}").describeCdns()).isEqualTo("a");
  }

  @Test
  void saysThatAFileIsNotInUtf8() throws Exception {
    String json = "{\n\"CDN_HOST\": \"é\"}";
    List<Charset> utf16 =
        List.of(
            StandardCharsets.UTF_16, // big-endian, with a byte order mark
            StandardCharsets.UTF_16BE,
            StandardCharsets.UTF_16LE,
            Charset.forName("UTF-32LE"),
            Charset.forName("x-UTF-16LE-BOM"));

    for (Charset charset : utf16) {
      Path path = Files.write(folder.resolve("routes.json"), json.getBytes(charset));
      assertThat(errors(path))
          .as("%s", charset)
          .containsExactly("UTF-16 or UTF-32 (expected: a JSON file in UTF-8)");
    }
    Path latin1 =
        Files.write(folder.resolve("routes.json"), json.getBytes(StandardCharsets.ISO_8859_1));
    assertThat(errors(latin1))
        .containsExactly("line 2: invalid UTF-8 (expected: a JSON file in UTF-8)");
    Path cut = Files.write(folder.resolve("routes.json"), new byte[] {'{', (byte) 0xc3});
    assertThat(errors(cut))
        .containsExactly("line 1: invalid UTF-8 (expected: a JSON file in UTF-8)");
  }

  @Test
  void reportsEveryErrorAtOnceWithItsPlace() throws Exception {
    assertThat(
            errors(
                """
                {"CDN_HOSTS": "a", "CDN_HOST": ["a=x", "b", "b"], "CDN_POLICY": true,
                 "ORIGIN_EVERY": 1.5, "ORIGIN_DOMAINS": {"a": null}}
                """))
        .containsExactly(
            "\"CDN_HOSTS\": no such field (expected: one of CDN_HOST, CDN_POLICY, ORIGIN_EVERY,"
                + " ORIGIN_DOMAINS, ORIGIN_MAX_PER_SECOND, PANIC_PERCENT)",
            "\"CDN_POLICY\": \"true\" (expected: a string, a number, or an array of strings without"
                + " commas)",
            "\"ORIGIN_DOMAINS\": \"{a=null}\" (expected: a string, a number, or an array of strings"
                + " without commas)",
            "CDN_HOST entry 1: weight \"x\" (expected: a whole number from 0 to 10000)",
            "CDN_HOST entry 3: the name of entry 2, \"b\" (expected: one of its own)",
            "ORIGIN_EVERY: \"1.5\" (expected: a whole number from 0 to 2147483647)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "{}", "[1]", "[\"a\", null]", "[\"a,b\"]"})
  void reportsAFieldThatCannotBeReadOnce(String value) throws Exception {
    assertThat(errors("{\"CDN_HOST\": " + value + "}"))
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
  void reportsWhatIsNoSuchObject(String text, String error) throws Exception {
    assertThat(errors(text)).singleElement().asString().startsWith(error);
  }

  @Test
  void reportsWhatIsNoSuchFile() throws Exception {
    Path large = Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);

    assertThat(errors(folder.resolve("none")))
        .containsExactly("no such file (expected: a JSON file)");
    assertThat(errors(folder)).containsExactly("not a regular file (expected: a JSON file)");
    assertThat(errors(Path.of("/dev/zero")))
        .containsExactly("not a regular file (expected: a JSON file)");
    assertThat(errors(large)).containsExactly("more than 1 MiB (expected: at most that)");
    assertThat(errors(large.resolve("routes.json")))
        .containsExactly("cannot be read: Not a directory (expected: a readable JSON file)");
    Path loop = Files.createSymbolicLink(folder.resolve("loop"), Path.of("loop"));
    assertThat(errors(loop)).singleElement().asString().contains("symbolic links");
    assertThat(errors(Path.of("a".repeat(300)))).singleElement().asString().contains("too long");
  }

  /** As one with an umlaut is where the locale is C. */
  @Test
  void reportsAPathThatNoFileCanHave() {
    var file = RoutesFile.open("a\0b\u0007", Map.of());

    assertThatThrownBy(file::config)
        .hasMessage(
            "ROUTES_FILE a?b?: not a file's name in this locale"
                + " (expected: ASCII, or a UTF-8 locale such as LC_ALL=C.UTF-8)");
  }

  @Test
  void isComparedByWhatItHolds() throws Exception {
    Path path = folder.resolve("routes.json");
    RoutesFile none = RoutesFile.open(path.toString(), Map.of());
    assertThat(none.again().holdsTheSameAs(none)).isTrue();

    Files.writeString(path, "{\"CDN_HOST\": \"a\"}");
    RoutesFile first = none.again();
    assertThat(first.holdsTheSameAs(none)).isFalse();
    assertThat(first.config().table(1).describeCdns()).isEqualTo("a");

    Files.writeString(path, "{\"CDN_HOST\": \"a\"}");
    assertThat(first.again().holdsTheSameAs(first)).isTrue();

    Files.writeString(path, "{\"CDN_HOST\": ");
    RoutesFile invalid = first.again();
    assertThat(invalid.holdsTheSameAs(first)).isFalse();
    assertThat(invalid.again().holdsTheSameAs(invalid)).isTrue();
    assertThat(first.config().table(1).describeCdns()).isEqualTo("a");
  }

  @Test
  void aFieldThatIsNoListIsNoArray() throws Exception {
    for (Variable variable : RoutingConfig.VARIABLES) {
      if (!RoutingConfig.LISTS.contains(variable)) {
        assertThat(errors("{\"CDN_HOST\": \"a\", \"%s\": [\"1\"]}".formatted(variable)))
            .singleElement()
            .asString()
            .startsWith("\"%s\": \"[1]\" (expected: ".formatted(variable));
      }
    }
  }

  @Test
  void anUnreadableFieldIsNotBlamedOnItsVariable() throws Exception {
    assertThat(
            errors(
                write("{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": true}"),
                Map.of("ORIGIN_EVERY", "x")))
        .singleElement()
        .asString()
        .startsWith(place() + "\"ORIGIN_EVERY\": \"true\" ");
  }

  @Test
  void takesTheNameOfItsSchema() throws Exception {
    assertThat(read("{\"$schema\": \"x\", \"CDN_HOST\": \"a\"}").describeCdns()).isEqualTo("a");
    assertThat(errors("{\"$schema\": 5, \"CDN_HOST\": \"a\"}"))
        .containsExactly("\"$schema\": \"5\" (expected: a string)");
  }

  private RoutingTable read(String json) throws Exception {
    return read(json, Map.of());
  }

  private RoutingTable read(String json, Map<String, String> variables) throws Exception {
    return RoutesFile.open(write(json).toString(), variables).config().table(7);
  }

  private List<String> errors(String json) throws Exception {
    return errors(write(json));
  }

  /** Without the file's name, with which each begins. */
  private static List<String> errors(Path path) {
    String place = "ROUTES_FILE " + path + ": ";
    List<String> errors = errors(path, Map.of());
    assertThat(errors).allMatch(error -> error.startsWith(place));
    return errors.stream().map(error -> error.substring(place.length())).toList();
  }

  private List<String> errors(String json, Map<String, String> variables) throws Exception {
    return errors(write(json), variables);
  }

  private static List<String> errors(Path path, Map<String, String> variables) {
    return Errors.of(() -> RoutesFile.open(path.toString(), variables).config());
  }

  private String place() {
    return "ROUTES_FILE " + folder.resolve("routes.json") + ": ";
  }

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("routes.json"), json);
  }
}
