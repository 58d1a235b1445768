package io.redirectbalancer.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import io.redirectbalancer.url.Quote;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Converts between JSON objects (RFC 8259) and maps of members. Parsing is strict: no comments, no
 * duplicate names, nothing after the object.
 */
public final class JsonObject {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** Jackson's hints for programmers: the source of the text, and features to enable. */
  private static final Pattern JACKSONS_OWN =
      Pattern.compile(" \\(start marker at .*|: enable `[^`]*` to allow");

  private JsonObject() {}

  /**
   * Returns the members in order: strings, {@link java.math.BigDecimal}s, booleans, nulls, lists,
   * and maps of members.
   *
   * @throws IllegalArgumentException if the text is not exactly one JSON object, with the place of
   *     the error
   */
  public static Map<String, @Nullable Object> parse(String text) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw invalid(parser.currentTokenLocation(), "no JSON object");
      }
      Map<String, @Nullable Object> members = members(parser);
      if (parser.nextToken() != null) {
        throw invalid(parser.currentTokenLocation(), "more text after the JSON object");
      }
      return members;
    } catch (JsonProcessingException e) {
      throw invalid(e.getLocation(), JACKSONS_OWN.matcher(e.getOriginalMessage()).replaceAll(""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Formats an object of strings, numbers, booleans, nulls, lists and maps, with line breaks. */
  public static String format(Map<String, ? extends @Nullable Object> members) {
    return text(members, new DefaultPrettyPrinter()) + "\n";
  }

  /** Formats the same on one line, without a line break. */
  public static String line(Map<String, ? extends @Nullable Object> members) {
    return text(members, new MinimalPrettyPrinter());
  }

  private static String text(
      Map<String, ? extends @Nullable Object> members, PrettyPrinter printer) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = FACTORY.createGenerator(text).setPrettyPrinter(printer)) {
      write(generator, members);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator to, @Nullable Object value) throws IOException {
    if (value instanceof Map<?, ?> members) {
      to.writeStartObject();
      for (Map.Entry<?, ?> member : members.entrySet()) {
        to.writeFieldName(String.valueOf(member.getKey()));
        write(to, member.getValue());
      }
      to.writeEndObject();
    } else if (value instanceof List<?> elements) {
      to.writeStartArray();
      for (Object element : elements) {
        write(to, element);
      }
      to.writeEndArray();
    } else if (value instanceof Number || value instanceof Boolean || value == null) {
      to.writeRawValue(String.valueOf(value));
    } else {
      to.writeString(value.toString());
    }
  }

  private static Map<String, @Nullable Object> members(JsonParser parser) throws IOException {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      members.put(name, value(parser));
    }
    return members;
  }

  private static @Nullable Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> members(parser);
      case START_ARRAY -> {
        List<@Nullable Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          elements.add(value(parser));
        }
        yield elements;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDecimalValue();
      case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
      case VALUE_NULL -> null;
      default -> parser.getText();
    };
  }

  private static IllegalArgumentException invalid(@Nullable JsonLocation place, String error) {
    String where = "";
    if (place != null) {
      int column = Math.max(place.getColumnNr(), 1); // 0 for an empty text
      where = "line " + place.getLineNr() + ", column " + column + ": ";
    }
    return new IllegalArgumentException(
        where + Quote.printable(error) + " (expected: one JSON object)");
  }
}
