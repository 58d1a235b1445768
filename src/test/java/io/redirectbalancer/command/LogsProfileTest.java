package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.redirectbalancer.EcsLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the compose profile {@code logs} tells Elasticsearch and Kibana about our lines. */
class LogsProfileTest {
  private static final Path FOLDER = Path.of("deploy", "logs");

  /** Written by the encoder itself. */
  private static final Set<String> ALWAYS =
      Set.of(
          "@timestamp",
          "log.level",
          "message",
          "ecs.version",
          "service.name",
          "service.node.name",
          "event.dataset",
          "process.thread.name",
          "log.logger",
          "error.type",
          "error.message",
          "error.stack_trace");

  @Test
  void theIndexHasEveryFieldWithItsType() throws IOException {
    JsonObject types = types();

    assertThat(types.keySet()).containsAll(ALWAYS);
    for (String key : LogFieldsTest.keys()) {
      assertThat(types.keySet()).contains(KeyValueEcsEncoder.field(key));
    }
    for (String field : types.keySet()) {
      String type = types.getAsJsonObject(field).get("type").getAsString();
      String own =
          field.startsWith(EcsLines.PREFIX)
              ? EcsLines.own().get(field.substring(EcsLines.PREFIX.length()))
              : EcsLines.typeInSchema(field);
      assertThat(type).as(field).isEqualTo("text".equals(own) ? "match_only_text" : own);
    }
  }

  @Test
  void theIndexIsTheOneThatTheShipperWritesTo() throws IOException {
    String pattern = index().getAsJsonArray("index_patterns").get(0).getAsString();
    Matcher written =
        Pattern.compile("searchIndex=\"([^\"]+)\"")
            .matcher(Files.readString(FOLDER.resolve("rsyslog.conf")));

    assertThat(written.find()).isTrue();
    assertThat(written.group(1)).startsWith(pattern.replace("*", ""));
    assertThat(index().getAsJsonObject("template").getAsJsonObject("settings").toString())
        .contains("redirect-balancer-logs");
  }

  @Test
  void kibanaShowsFieldsThatThereAre() throws IOException {
    JsonObject types = types();
    int columns = 0;
    for (String line : Files.readAllLines(FOLDER.resolve("kibana.ndjson"))) {
      JsonObject saved = JsonParser.parseString(line).getAsJsonObject();
      JsonArray shown = saved.getAsJsonObject("attributes").getAsJsonArray("columns");
      if (shown != null) {
        for (JsonElement column : shown) {
          assertThat(types.keySet()).contains(column.getAsString());
          columns++;
        }
        assertThat(saved.getAsJsonArray("references").toString())
            .contains("\"id\":\"redirect-balancer-logs\"");
      } else {
        assertThat(saved.getAsJsonObject("attributes").get("title"))
            .isEqualTo(index().getAsJsonArray("index_patterns").get(0));
      }
    }
    assertThat(columns).isGreaterThan(5);
  }

  private static JsonObject types() throws IOException {
    return index()
        .getAsJsonObject("template")
        .getAsJsonObject("mappings")
        .getAsJsonObject("properties");
  }

  private static JsonObject index() throws IOException {
    return JsonParser.parseString(Files.readString(FOLDER.resolve("index-template.json")))
        .getAsJsonObject();
  }
}
