package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.routing.Cdn;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortRuleTest {
  private static final OriginDomains LIST =
      OriginDomains.of(
          List.of(
              new OriginDomains.Domain("origin-cluster", 0),
              new OriginDomains.Domain("named.example", 8080),
              new OriginDomains.Domain("twice.example", 8081),
              new OriginDomains.Domain("twice.example", 8082)));

  @ParameterizedTest
  @ValueSource(strings = {"1", "9", "10", "80", "443", "8080", "9999", "10000", "65534", "65535"})
  void withoutAListAcceptsAnyPort(String port) {
    assertThat(BrokenRule.of("http://s1.origin-cluster:" + port + "/a")).isEmpty();
    assertThat(BrokenRule.of("https://s1.origin-cluster:" + port + "/a")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "00",
        "00000",
        "080",
        "081",
        "00080",
        "000080",
        "65536",
        "99999",
        "100000",
        "655350",
        "4294967376",
        "18446744073709551696",
        "-1",
        "+80",
        "8a",
        "a",
        "0x50",
        "80:80",
        ":80",
        "8%30",
        "80.",
        "\u0668\u0660",
        "\uFF18\uFF10",
      })
  void rejectsWhatIsNoPort(String port) {
    assertThat(BrokenRule.of("http://s1.origin-cluster:" + port + "/a")).contains(Rule.PORT);
    assertThat(BrokenRule.of("http://s1.origin-cluster:" + port + "/a", LIST)).contains(Rule.PORT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "HTTP", "https"})
  void anEmptyPortIsTheDefaultOne(String scheme) throws InvalidVideoUrlException {
    String text = scheme + "://s1.origin-cluster:/a:?b:";
    VideoUrl url = VideoUrl.parse(text, LIST);

    assertThat(url).hasToString(text);
    assertThat(url.host()).isEqualTo("s1.origin-cluster");
    assertThat(url.path()).isEqualTo("/a:");
    assertThat(Cdn.parse("http://cdn").rewrite(url)).isEqualTo("http://cdn/s1/a:?b:");
    assertThat(BrokenRule.of(text)).isEmpty();
    assertThat(BrokenRule.of(scheme + "://s1.elsewhere:/a", LIST)).contains(Rule.DOMAIN);
    assertThat(BrokenRule.of(scheme + "://s1.origin-cluster:", LIST)).contains(Rule.PATH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://s1.origin-cluster/a",
        "http://s1.origin-cluster:80/a",
        "HTTP://s1.origin-cluster:80/a",
        "https://s1.origin-cluster/a",
        "https://s1.origin-cluster:443/a",
        "HttpS://s1.origin-cluster:443/a",
        "http://s1.named.example/a",
        "http://s1.named.example:80/a",
        "http://s1.named.example:8080/a",
        "http://s1.NAMED.example:8080/a",
        "https://s1.named.example:443/a",
        "https://s1.named.example:8080/a",
        "http://s1.twice.example:8081/a",
        "http://s1.twice.example:8082/a",
      })
  void withAListAcceptsTheDefaultPortAndTheEntrysOwn(String url) {
    assertThat(BrokenRule.of(url, LIST)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://s1.origin-cluster:443/a",
        "https://s1.origin-cluster:80/a",
        "http://s1.origin-cluster:8080/a",
        "http://s1.origin-cluster:1/a",
        "http://s1.named.example:443/a",
        "http://s1.named.example:8081/a",
        "https://s1.named.example:80/a",
        "http://s1.twice.example:8080/a",
      })
  void withAListRejectsOtherPorts(String url) {
    assertThat(BrokenRule.of(url, LIST)).contains(Rule.PORT);
  }
}
