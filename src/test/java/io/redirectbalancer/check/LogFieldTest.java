package io.redirectbalancer.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class LogFieldTest {
  private static final String COMBINED =
      "10.0.0.7 - - [26/Nov/2026:10:00:00 +0000] \"GET /video/1/a.m3u8?t=1 HTTP/1.1\" 200 5"
          + " \"http://s1.origin-cluster/page\" \"Player \\\"9\\\"\"";

  @Test
  void takesTheWholeLineByDefault() {
    assertThat(new LogField(Optional.empty(), "").urlIn(" http://s1.a/b c "))
        .isEqualTo(" http://s1.a/b c ");
  }

  @Test
  void takesTheTargetOfARequestLineAndPutsTheBaseBeforeAPath() {
    assertThat(field("5", "http://s1.origin-cluster").urlIn(COMBINED))
        .isEqualTo("http://s1.origin-cluster/video/1/a.m3u8?t=1");
  }

  @Test
  void keepsAnAbsoluteUrlAsItIs() {
    assertThat(field("8", "http://ignored").urlIn(COMBINED))
        .isEqualTo("http://s1.origin-cluster/page");
  }

  @Test
  void countsBracketsAndQuotationMarksAsOneFieldEach() {
    assertThat(field("4", "").urlIn(COMBINED)).isEqualTo("26/Nov/2026:10:00:00 +0000");
    assertThat(field("9", "").urlIn(COMBINED)).isEqualTo("Player \\\"9\\\"");
  }

  @Test
  void takesAMemberOfAJsonObject() {
    assertThat(field("url", "").urlIn("{\"status\": 200, \"url\": \"http://s1.a/b\"}"))
        .isEqualTo("http://s1.a/b");
  }

  @Test
  void saysWhatALineLacks() {
    assertThatThrownBy(() -> field("10", "").urlIn(COMBINED))
        .hasMessage("9 fields (expected: at least 10)");
    assertThatThrownBy(() -> field("url", "").urlIn("{\"uri\": \"/a\"}"))
        .hasMessage("no text in member \"url\" (expected: the URL)");
    assertThatThrownBy(() -> field("url", "").urlIn("http://s1.a/b"))
        .hasMessageContaining("expected: one JSON object");
  }

  private static LogField field(String field, String base) {
    return new LogField(Optional.of(field), base);
  }
}
