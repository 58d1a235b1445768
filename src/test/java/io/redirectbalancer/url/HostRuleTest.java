package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostRuleTest {
  private static final String LABEL_63 = "a".repeat(63);
  private static final String NAME_253 =
      String.join(".", LABEL_63, LABEL_63, LABEL_63, "a".repeat(61));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "1a",
        "localhost",
        "s1.origin-cluster",
        "S1.ORIGIN-Cluster",
        "a--b.c",
        "xn--bcher-kva.example",
        "1.2.3.4.com",
        "1.2.3.4a",
        "10.0.0.5-a",
        "3com.net",
        "9.a",
        "0x7f.a",
        "a.0xg",
        "a.x0",
        "a.00x1",
        "hls_live_sanjha-i.akamaihd.net",
        "_dmarc.a_",
        "_",
        "a.1_0",
        "0x_1",
      })
  void acceptsDnsNames(String host) {
    assertThat(BrokenRule.of("http://" + host + "/a")).isEmpty();
    assertThat(BrokenRule.of("https://" + host + ":443/a")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "a.",
        "s1.origin-cluster.",
        ".a",
        "a..b",
        "-a",
        "a-",
        "-",
        "a.-b",
        "a-.b",
        "a~b",
        "a!b",
        "a,b",
        "a;b",
        "a*b",
        "*.b",
        "a'b",
        "a(b)",
        "a|b",
        "{a}",
        "a%2Eb",
        "%61",
        "a%00",
      })
  void rejectsWhatIsNoDnsName(String host) {
    assertThat(BrokenRule.of("http://" + host + "/a")).contains(Rule.HOST);
    assertThat(BrokenRule.of("http://" + host + ":80/a")).contains(Rule.HOST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.5",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0",
        "999.999.999.999",
        "a.1",
        "a.b.09",
        "0x7f000001",
        "0X7F000001",
        "0x",
        "0xAbCdEf",
        "127.0x1",
        "a.0x",
        "[::1]",
        "[2001:db8::1]",
        "[::ffff:10.0.0.5]",
        "[v1.a]",
        "[a",
        "a]",
        "[]",
      })
  void rejectsIpAddresses(String host) {
    assertThat(BrokenRule.of("http://" + host + "/a")).contains(Rule.HOST);
    assertThat(BrokenRule.of("http://" + host + ":80/a")).contains(Rule.HOST);
  }

  @Test
  void acceptsLabelsOf63Characters() {
    assertThat(BrokenRule.of("http://" + LABEL_63 + "/a")).isEmpty();
    assertThat(BrokenRule.of("http://a." + LABEL_63 + ".a/a")).isEmpty();
  }

  @Test
  void rejectsLabelsOf64Characters() {
    assertThat(BrokenRule.of("http://" + LABEL_63 + "a/a")).contains(Rule.HOST);
    assertThat(BrokenRule.of("http://a.a" + LABEL_63 + ".a/a")).contains(Rule.HOST);
    assertThat(BrokenRule.of("http://a.a" + LABEL_63 + "/a")).contains(Rule.HOST);
  }

  @Test
  void acceptsNamesOf253Characters() {
    assertThat(NAME_253).hasSize(253);
    assertThat(BrokenRule.of("http://" + NAME_253 + "/a")).isEmpty();
  }

  @Test
  void rejectsNamesOf254Characters() {
    assertThat(BrokenRule.of("http://" + NAME_253 + "a/a")).contains(Rule.HOST);
  }

  @ParameterizedTest
  @CsvSource({
    "http://s1.origin-cluster/a, true",
    "http://S1.ORIGIN-CLUSTER/a, true",
    "http://s1.b.example/a, true",
    "http://s1.8.example/a, true",
    "http://s_1.under_score/a, true",
    "http://under_score/a, false",
    "http://s1.underscore/a, false",
    "http://origin-cluster/a, false",
    "http://s1origin-cluster/a, false",
    "http://s1-origin-cluster/a, false",
    "http://s1.xorigin-cluster/a, false",
    "http://x.s1.origin-cluster/a, false",
    "http://s1.origin-cluster.evil.com/a, false",
    "http://s1.origin-clusterx/a, false",
    "http://evil.com/s1.origin-cluster, false",
    "http://evil.com?s1.origin-cluster, false",
    "http://b.example/a, false",
    "http://s1.example/a, false",
    "http://s1/x.origin-cluster, false",
  })
  void withAListAdmitsOneLabelUnderAnEntry(String url, boolean admitted) {
    OriginDomains domains = domains("origin-cluster", "B.example", "8.example:8080", "under_score");

    if (admitted) {
      assertThat(BrokenRule.of(url, domains)).isEmpty();
    } else {
      assertThat(BrokenRule.of(url, domains)).contains(Rule.DOMAIN);
    }
  }

  private static OriginDomains domains(String... entries) {
    return OriginDomains.of(List.of(entries).stream().map(OriginDomains.Domain::parse).toList());
  }
}
