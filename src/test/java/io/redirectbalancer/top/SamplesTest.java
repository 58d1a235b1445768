package io.redirectbalancer.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplesTest {
  @Test
  void readsWhatTheFormatAllows() {
    Samples samples =
        Samples.parse(
            """
            # HELP calls_total Calls
            # TYPE calls_total counter
            calls_total{code="OK",place="a"} 3
            calls_total{code="OK",place="b"} 4.5E1 1395066363000
            calls_total{ code = "x" } 1
            """
                    .replace("code = \"x\" ", "code=\"a\\\\b\\\"c\\nd\",")
                + "\n  up 1\nempty{} NaN\nlimit +Inf\r\n");

    assertThat(samples.sums("calls_total", "code"))
        .containsExactly(entry("OK", 48.0), entry("a\\b\"c\nd", 1.0));
    assertThat(samples.sum("calls_total")).isEqualTo(49);
    assertThat(samples.sum("up")).isEqualTo(1);
    assertThat(samples.sum("empty")).isNaN();
    assertThat(samples.sum("limit")).isInfinite();
    assertThat(samples.has("other")).isFalse();
    assertThat(samples.sum("other")).isNaN();
  }

  @Test
  void addsUpHistogramsBound() {
    Samples samples =
        Samples.parse(
            """
            t_seconds_bucket{m="a",le="1.0E-4"} 1
            t_seconds_bucket{m="a",le="+Inf"} 2
            t_seconds_bucket{m="b",le="1.0E-4"} 10
            t_seconds_bucket{m="b",le="+Inf"} 20
            t_seconds_bucket{m="c",le="+Inf"} 100
            """);

    assertThat(samples.histogram("t_seconds", labels -> !"c".equals(labels.get("m"))))
        .containsExactly(entry(1e-4, 11.0), entry(Double.POSITIVE_INFINITY, 22.0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<html>",
        "a",
        "a b",
        "a{b} 1",
        "a{b=\"c} 1",
        "a{b=\"c\"",
        "a{b=\"c\";d=\"e\"} 1",
        "1a 1",
        "a 1 x"
      })
  void aLineThatIsNoneOfTheFormatIsQuoted(String line) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Samples.parse("up 1\n" + line + "\n"))
        .withMessageStartingWith("no metrics in Prometheus's format: ");
  }
}
