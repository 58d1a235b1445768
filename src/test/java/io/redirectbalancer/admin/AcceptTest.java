package io.redirectbalancer.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.admin.Accept.MediaType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptTest {
  private static final MediaType TEXT = new MediaType("text", "plain", "0.0.4");
  private static final MediaType OPEN_METRICS =
      new MediaType("application", "openmetrics-text", "1.0.0");

  /** The first is the answer where nothing rules. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text        | ''",
        "text        | */*",
        "text        | text/html",
        "text        | text/plain",
        "text        | text/plain, application/openmetrics-text",
        "openmetrics | application/openmetrics-text",
        "openmetrics | application/openmetrics-text, */*",
        "openmetrics | application/*",
        "openmetrics | application/*;q=0.5, text/*;q=0.4",
        "text        | text/plain;q=0.9,application/openmetrics-text;q=0.1",
        "openmetrics | text/plain;q=0.1,application/openmetrics-text;q=0.9",
        "openmetrics | text/plain;q=0, */*",
        "openmetrics | text/plain;q=0.000, application/openmetrics-text;q=0.001",
        "text        | application/openmetrics-text;q=0",
        "text        | application/openmetrics-text;q=0, text/plain;q=0",
        "text        | application/openmetrics-text;q=0, application/*, */*;q=0.1",
        "openmetrics | APPLICATION/OpenMetrics-Text;Q=1, Text/Plain;Q=0.5",
        "openmetrics | application/openmetrics-text ; version=1.0.0 ; q=0.8 , text/plain ; q=0.7",
        "openmetrics | application/openmetrics-text;version=\"1.0.0\",text/plain;q=0.5",
        "openmetrics | application/openmetrics-text;version=\"1.0\\.0\",text/plain;q=0.5",
        "openmetrics | application/openmetrics-text;charset=utf-8,text/plain;q=0.5",
        "text        | application/openmetrics-text;version=0.0.1,text/plain;q=0.5",
        "text        | application/openmetrics-text;version=2.0.0,*/*;q=0.1",
        "text        | application/openmetrics-text;version=2.0.0",
        "openmetrics | text/plain;version=1.0.0,application/openmetrics-text;q=0.1",
        "openmetrics | foo/bar;a=\"x,text/plain\",application/openmetrics-text",
        "openmetrics | text/plain;q=nonsense,application/openmetrics-text;q=0.1",
        "openmetrics | text/plain;q=2,application/openmetrics-text;q=0.1",
        "openmetrics | ,,;,text,/,text/plain;q,application/openmetrics-text;q=0.1,",
        "text        | \"",
        "openmetrics | application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
            + "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "openmetrics | application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            + "application/openmetrics-text;version=0.0.1;q=0.5,"
            + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
            + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "text        | application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
            + "encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
      })
  void theGreatestWeightRules(String expected, String header) {
    assertThat(new Accept(header).choose(TEXT, OPEN_METRICS))
        .isEqualTo(expected.equals("text") ? TEXT : OPEN_METRICS);
  }
}
