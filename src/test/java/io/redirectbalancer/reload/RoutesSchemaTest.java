package io.redirectbalancer.reload;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.routing.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The schema of routes files, which editors complete and check by, against the loader. */
class RoutesSchemaTest {
  private static final Path FILE = Path.of("docs", "routes.schema.json");
  private static final Pattern SNIPPET = Pattern.compile("(?s)```json\n(\\{.*?\n})\n```");

  private final Schema schema;
  private final Path folder;

  RoutesSchemaTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(Files.readString(FILE));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyExampleIsValid(String example) throws IOException {
    assertThat(schema.validate(example, InputFormat.JSON)).isEmpty();
    assertThat(loads(example)).isTrue();
  }

  /** Those that are files, and those that the documents show. */
  private static List<String> examples() throws IOException {
    List<String> examples = new ArrayList<>();
    for (Path file : files(Path.of("deploy", "routes"), ".json")) {
      examples.add(Files.readString(file));
    }
    for (Path document : files(Path.of("docs"), ".md")) {
      SNIPPET
          .matcher(Files.readString(document))
          .results()
          .map(snippet -> snippet.group(1))
          .filter(json -> json.contains("\"CDN_HOST\""))
          .forEach(examples::add);
    }
    assertThat(examples).hasSizeGreaterThan(1);
    return examples;
  }

  private static List<Path> files(Path folder, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"CDN_HOST\": \"a\"}",
        "{\"CDN_HOST\": \"a=3, fast@b, https://c/base\"}",
        "{\"CDN_HOST\": [\"a\"], \"$schema\": \"routes.schema.json\"}",
        "{\"CDN_HOST\": [\"n_1@cdn.example.com:8080=10000\", \"http://[::1]:80/a/b=c/=5\"]}",
        "{\"CDN_HOST\": [\"127.0.0.1\", \"b=0\", \"HTTPS://c\"], \"CDN_POLICY\": \"round_robin\"}",
        "{\"CDN_HOST\": [\"a\"], \"ORIGIN_DOMAINS\": \"*\"}",
        "{\"CDN_HOST\": [\"a\"], \"ORIGIN_DOMAINS\": [\"*\"]}",
        "{\"CDN_HOST\": [\"a\"], \"ORIGIN_DOMAINS\": [\"origin-cluster\", \"b.c:8080\"]}",
        "{\"CDN_HOST\": [\"a\"], \"ORIGIN_EVERY\": 0, \"PANIC_PERCENT\": 100}",
        "{\"CDN_HOST\": [\"a\"], \"ORIGIN_EVERY\": \"10\", \"PANIC_PERCENT\": \"50\"}",
        "{\"CDN_HOST\": [\"a\"], \"ORIGIN_MAX_PER_SECOND\": 2147483647}",
      })
  void schemaAndLoaderTake(String json) throws IOException {
    assertThat(isValid(json)).as("schema").isTrue();
    assertThat(loads(json)).as("loader").isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}",
        "{\"CDN_HOST\": \"\"}",
        "{\"CDN_HOST\": \" \"}",
        "{\"CDN_HOST\": []}",
        "{\"CDN_HOST\": null}",
        "{\"CDN_HOST\": 5}",
        "{\"CDN_HOST\": [\"\"]}",
        "{\"CDN_HOST\": [\"a,b\"]}",
        "{\"CDN_HOST\": [1]}",
        "{\"CDN_HOST\": {\"a\": 1}}",
        "{\"CDN_HOST\": [\"a=x\"]}",
        "{\"CDN_HOST\": [\"a=10001\"]}",
        "{\"CDN_HOST\": [\"a=-1\"]}",
        "{\"CDN_HOST\": [\"ftp://a\"]}",
        "{\"CDN_HOST\": [\"https://a/b?c\"]}",
        "{\"CDN_HOST\": [\"b d@a\"]}",
        "{\"CDN_HOSTS\": \"a\"}",
        "{\"CDN_HOST\": \"a\", \"PORT\": 1}",
        "{\"CDN_HOST\": \"a\", \"$schema\": 1}",
        "{\"CDN_HOST\": \"a\", \"CDN_POLICY\": \"random\"}",
        "{\"CDN_HOST\": \"a\", \"CDN_POLICY\": true}",
        "{\"CDN_HOST\": \"a\", \"CDN_POLICY\": [\"round_robin\"]}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": -1}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": 1.5}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": 2147483648}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": \"ten\"}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": \"\"}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": [10]}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_DOMAINS\": \"\"}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_DOMAINS\": []}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_DOMAINS\": [\"a\", \"*\"]}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_DOMAINS\": [\"-a\"]}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_DOMAINS\": [\"a:080\"]}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_MAX_PER_SECOND\": \"1/s\"}",
        "{\"CDN_HOST\": \"a\", \"PANIC_PERCENT\": 101}",
        "{\"CDN_HOST\": \"a\", \"PANIC_PERCENT\": \"101\"}",
        "[]",
      })
  void schemaAndLoaderReject(String json) throws IOException {
    assertThat(isValid(json)).as("schema").isFalse();
    assertThat(loads(json)).as("loader").isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "two CDNs of one name      | {\"CDN_HOST\": [\"n@a\", \"n@b\"]}",
        "two CDNs of one address   | {\"CDN_HOST\": [\"n@a\", \"m@a\"]}",
        "no weight above 0         | {\"CDN_HOST\": [\"a=0\", \"b=0\"]}",
        "too long a schedule       | {\"CDN_HOST\": [\"a=9999\",\"b=9998\",\"c=9997\",\"d=9996\",\"e=9995\",\"f=9994\",\"g=9993\",\"h=9992\",\"i=9991\",\"j=9990\",\"k=9989\"]}",
        "a reserved name           | {\"CDN_HOST\": [\"origin@a\"]}",
        "neither host nor address  | {\"CDN_HOST\": [\"10.0.0.256\"]}",
        "too high a port           | {\"CDN_HOST\": [\"a:99999\"]}",
        "a dot segment             | {\"CDN_HOST\": [\"https://a/b/../c\"]}",
        "an entry of a text        | {\"CDN_HOST\": \"a,,b\"}",
        "an entry of another text  | {\"CDN_HOST\": \"a\", \"ORIGIN_DOMAINS\": \"a,*\"}",
        "a number as a text        | {\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": \"9999999999\"}",
        "a whole number as 10.0    | {\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": 10.0}",
      })
  void onlyTheLoaderKnows(String what, String json) throws IOException {
    assertThat(isValid(json)).as("schema").isTrue();
    assertThat(loads(json)).as("loader").isFalse();
  }

  /** The schema asks for what is written best. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"CDN_HOST\": \"a\", \"CDN_POLICY\": \"ROUND_ROBIN\"}",
        "{\"CDN_HOST\": [\" a \"]}",
        "{\"CDN_HOST\": \"a\", \"ORIGIN_EVERY\": \" 5 \"}",
      })
  void theLoaderIsMoreLenient(String json) throws IOException {
    assertThat(isValid(json)).as("schema").isFalse();
    assertThat(loads(json)).as("loader").isTrue();
  }

  @Test
  void hasEveryFieldAndPolicy() throws IOException {
    Map<?, ?> fields =
        (Map<?, ?>)
            Objects.requireNonNull(JsonObject.parse(Files.readString(FILE)).get("properties"));

    assertThat(
            fields.keySet().stream().filter(name -> !"$schema".equals(name)).map(Object::toString))
        .containsExactlyElementsOf(RoutingConfig.VARIABLES.stream().map(Variable::name).toList());
    assertThat(fields.get("CDN_POLICY"))
        .asString()
        .contains(Stream.of(Policy.values()).map(Policy::toString).toList());
  }

  private boolean isValid(String json) {
    return schema.validate(json, InputFormat.JSON).isEmpty();
  }

  private boolean loads(String json) throws IOException {
    Path file = Files.writeString(folder.resolve("routes.json"), json);
    try {
      RoutesFile.open(file.toString(), Map.of()).config();
      return true;
    } catch (ConfigurationException e) {
      return false;
    }
  }
}
