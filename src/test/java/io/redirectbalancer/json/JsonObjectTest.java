package io.redirectbalancer.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonObjectTest {
  @Test
  void readsEveryKindOfValueInItsOrder() {
    assertThat(
            JsonObject.parse(
                " {\"s\": \"\\u00e9\", \"n\": -1.50e1, \"t\": true, \"f\": false, \"z\": null,"
                    + " \"l\": [1, [], \"x\", null], \"o\": {\"a\": {}}} \n"))
        .containsExactly(
            entry("s", "é"),
            entry("n", new BigDecimal("-1.50e1")),
            entry("t", true),
            entry("f", false),
            entry("z", null),
            entry("l", Arrays.asList(BigDecimal.ONE, Arrays.asList(new Object[0]), "x", null)),
            entry("o", Map.of("a", Map.of())));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                       | line 1, column 1: no JSON object",
        "[]                       | line 1, column 1: no JSON object",
        "null                     | line 1, column 1: no JSON object",
        "{} {}                    | line 1, column 4: more text after the JSON object",
        "{} x                     | line 1, column 4: Unrecognized token 'x'",
        "{\"a\": 1, \"a\": 2}     | line 1, column 13: Duplicate field 'a'",
        "{\"o\": {\"b\": 1, \"b\": 2}} | line 1, column 19: Duplicate field 'b'",
        "{a: 1}                   | line 1, column 2: Unexpected character ('a'",
        "{\"a\": 1,}              | line 1, column 9: Unexpected character ('}'",
        "{\"a\": 01}              | Invalid numeric value: Leading zeroes not allowed",
        "{\"a\": NaN}             | Non-standard token 'NaN'",
        "{\"a\": 'x'}             | Unexpected character (''' (code 39))",
        "{} // comment            | Unexpected character ('/' (code 47))",
        "{\"a\": [1                | Unexpected end-of-input",
      })
  void saysWhereAndWhyItIsNoJsonObject(String text, String error) {
    assertThatThrownBy(() -> JsonObject.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(error)
        .hasMessageEndingWith(" (expected: one JSON object)");
  }

  @Test
  void namesTheLine() {
    assertThatThrownBy(() -> JsonObject.parse("{\n  \"a\": 1\n  \"b\": 2\n}"))
        .hasMessageStartingWith("line 3, column 3: ");
  }

  @Test
  void rejectsEndlessNesting() {
    assertThatThrownBy(() -> JsonObject.parse("{\"a\":" + "[".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nesting depth");
  }

  @Test
  void formatsOnALineWhereWanted() {
    assertThat(JsonObject.line(JsonObject.parse("{\"a\": [1, {\"b\": \"\\n\"}], \"c\": null}")))
        .isEqualTo("{\"a\":[1,{\"b\":\"\\n\"}],\"c\":null}");
  }

  @Test
  void quotesNoControlCharacter() {
    assertThatThrownBy(() -> JsonObject.parse("{\"a\": \"\u0007\n\"}"))
        .message()
        .doesNotContainPattern("\\p{Cntrl}");
  }

  @Test
  void readsBackWhatItFormats() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("text", "\"é\n");
    members.put("numbers", Arrays.asList(new BigDecimal("1.5"), BigDecimal.TEN));
    members.put("none", null);
    members.put("object", Map.of("yes", true, "empty", Map.of()));

    assertThat(JsonObject.parse(JsonObject.format(members))).isEqualTo(members);
  }
}
