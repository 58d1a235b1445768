package io.redirectbalancer;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks lines against the published list of the Elastic Common Schema's fields and against that of
 * our own in {@code docs/logs.md}: an index of Elasticsearch rejects a line with a field of another
 * type.
 */
public final class EcsLines {
  /** What the names of our own fields begin with. */
  public static final String PREFIX = "redirect_balancer.";

  private static final Path ECS = Path.of("src", "test", "resources", "ecs-9.4.0-fields.csv");
  private static final Path DOCUMENT = Path.of("docs", "logs.md");
  private static final Pattern OWN_ROW =
      Pattern.compile("(?m)^\\| `([a-z0-9_]+)` \\| (keyword|text|long|boolean|date) \\| .+ \\|$");

  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?Z");

  private static final Map<String, String> SCHEMA = schema();
  private static final Map<String, String> OWN = ownFields();

  private EcsLines() {}

  /** Returns the types of our own fields by key, as the document lists them. */
  public static Map<String, String> own() {
    return OWN;
  }

  /** Returns the type of a field of the schema; null if it has none of this name. */
  public static @Nullable String typeInSchema(String field) {
    return SCHEMA.get(field);
  }

  /** Returns what is invalid in a line; empty if nothing is. */
  public static List<String> errors(String line) {
    List<String> errors = new ArrayList<>();
    Set<String> fields = new TreeSet<>();
    try (JsonReader json = new JsonReader(new StringReader(line))) {
      json.beginObject();
      while (json.hasNext()) {
        String field = json.nextName();
        if (!fields.add(field)) {
          errors.add(field + ": twice");
        }
        check(field, json, errors);
      }
      json.endObject();
      if (json.peek() != JsonToken.END_DOCUMENT) {
        errors.add("more than an object");
      }
    } catch (IOException | IllegalStateException e) {
      errors.add("not an object in JSON: " + e.getMessage());
    }
    for (String field : List.of("@timestamp", "log.level", "message", "ecs.version")) {
      if (!fields.contains(field)) {
        errors.add(field + ": missing");
      }
    }
    return errors.isEmpty() ? List.of() : List.of(errors + " in " + line);
  }

  private static void check(String field, JsonReader json, List<String> errors) throws IOException {
    String type =
        field.startsWith(PREFIX) ? OWN.get(field.substring(PREFIX.length())) : SCHEMA.get(field);
    JsonToken token = json.peek();
    String value = "";
    if (token == JsonToken.STRING || token == JsonToken.NUMBER) {
      value = json.nextString();
    } else {
      json.skipValue();
    }
    if (type == null) {
      errors.add(field + ": neither in the schema nor in " + DOCUMENT);
    } else if (!fits(type, token, value)) {
      errors.add(field + ": " + token + " " + value + " (expected: " + type + ")");
    }
  }

  private static boolean fits(String type, JsonToken token, String value) {
    return switch (type) {
      case "keyword", "constant_keyword", "wildcard", "text", "match_only_text" ->
          token == JsonToken.STRING;
      case "long", "integer" -> token == JsonToken.NUMBER && value.matches("-?[0-9]+");
      case "float", "double", "scaled_float" -> token == JsonToken.NUMBER;
      case "boolean" -> token == JsonToken.BOOLEAN;
      case "date" -> token == JsonToken.STRING && TIME.matcher(value).matches();
      default -> false; // An object, or what no line has.
    };
  }

  private static Map<String, String> schema() {
    Map<String, String> fields = new TreeMap<>();
    for (String line : read(ECS).lines().toList()) {
      if (!line.startsWith("#")) {
        String[] row = line.split(",", -1);
        fields.put(row[0], row[1]);
      }
    }
    return fields;
  }

  private static Map<String, String> ownFields() {
    Map<String, String> fields = new TreeMap<>();
    for (MatchResult row : OWN_ROW.matcher(read(DOCUMENT)).results().toList()) {
      fields.put(row.group(1), row.group(2));
    }
    return fields;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
