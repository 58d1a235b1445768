package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The keys of our log lines, among the fields that the Elastic Common Schema defines: an index of
 * Elasticsearch rejects a line that has a text where the schema has an object.
 */
class LogFieldsTest {
  /** The field sets of ECS 9.2, https://www.elastic.co/docs/reference/ecs/ecs-field-reference. */
  private static final Set<String> OBJECTS =
      Set.of(
          "agent",
          "as",
          "client",
          "cloud",
          "code_signature",
          "container",
          "data_stream",
          "destination",
          "device",
          "dll",
          "dns",
          "ecs",
          "elf",
          "email",
          "entity",
          "error",
          "event",
          "faas",
          "file",
          "gen_ai",
          "geo",
          "group",
          "hash",
          "host",
          "http",
          "interface",
          "labels",
          "log",
          "macho",
          "network",
          "observer",
          "orchestrator",
          "organization",
          "os",
          "package",
          "pe",
          "process",
          "registry",
          "related",
          "risk",
          "rule",
          "server",
          "service",
          "source",
          "span",
          "threat",
          "tls",
          "trace",
          "transaction",
          "url",
          "user",
          "user_agent",
          "vlan",
          "volume",
          "vulnerability",
          "x509");

  /** What the encoder itself writes beside those. */
  private static final Set<String> BASE = Set.of("@timestamp", "message", "tags");

  /** Fields of ECS that are meant. */
  private static final Set<String> ECS_FIELDS = Set.of("client.address", "error.message");

  private static final Pattern ADDED = Pattern.compile("addKeyValue\\(\\s*(\"([^\"]*)\")?");

  @Test
  void noneIsATextWhereEcsHasAnObject() throws IOException {
    Set<String> keys = keys();

    assertThat(keys).contains("error.message", "routes_file", "generation").hasSizeGreaterThan(20);
    assertThat(keys)
        .allSatisfy(
            key -> {
              assertThat(key).matches("[a-z0-9_]+|client\\.address|error\\.message");
              assertThat(OBJECTS).doesNotContain(key);
              assertThat(BASE).doesNotContain(key);
              assertThat(ECS_FIELDS.contains(key) || !key.contains(".")).isTrue();
            });
  }

  private static Set<String> keys() throws IOException {
    Set<String> keys = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
      List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
      for (Path source : sources) {
        Matcher added = ADDED.matcher(Files.readString(source));
        while (added.find()) {
          assertThat(added.group(2)).as("a literal key in %s", source).isNotNull();
          keys.add(added.group(2));
        }
      }
    }
    return keys;
  }
}
