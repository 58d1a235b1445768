package io.redirectbalancer.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import io.redirectbalancer.url.Quote;
import io.redirectbalancer.url.VideoUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CdnTest {
  @ParameterizedTest
  @CsvSource({
    "cdn.example.com,                    http://cdn.example.com/s1/a,        https://cdn.example.com/s1/a",
    "CDN.example.com,                    http://CDN.example.com/s1/a,        https://CDN.example.com/s1/a",
    "cdn.example.com:8080,               http://cdn.example.com:8080/s1/a,   https://cdn.example.com:8080/s1/a",
    "cdn_1.under_score:81,               http://cdn_1.under_score:81/s1/a,   https://cdn_1.under_score:81/s1/a",
    "localhost,                          http://localhost/s1/a,              https://localhost/s1/a",
    "10.0.0.5:65535,                     http://10.0.0.5:65535/s1/a,         https://10.0.0.5:65535/s1/a",
    "[2001:db8::1],                      http://[2001:db8::1]/s1/a,          https://[2001:db8::1]/s1/a",
    "[2001:db8::1]:1,                    http://[2001:db8::1]:1/s1/a,        https://[2001:db8::1]:1/s1/a",
    "http://cdn.example.com,             http://cdn.example.com/s1/a,        http://cdn.example.com/s1/a",
    "http://cdn.example.com/,            http://cdn.example.com/s1/a,        http://cdn.example.com/s1/a",
    "http://cdn.example.com//,           http://cdn.example.com/s1/a,        http://cdn.example.com/s1/a",
    "http://[::1]:8080/b,                http://[::1]:8080/b/s1/a,           http://[::1]:8080/b/s1/a",
    "https://cdn.example.com,            https://cdn.example.com/s1/a,       https://cdn.example.com/s1/a",
    "HTTPS://cdn.example.com:8443,       https://cdn.example.com:8443/s1/a,  https://cdn.example.com:8443/s1/a",
    "https://cdn.example.com/base,       https://cdn.example.com/base/s1/a,  https://cdn.example.com/base/s1/a",
    "https://cdn.example.com/base/,      https://cdn.example.com/base/s1/a,  https://cdn.example.com/base/s1/a",
    "https://cdn.example.com/B//c;p=1/%41, https://cdn.example.com/B//c;p=1/%41/s1/a, https://cdn.example.com/B//c;p=1/%41/s1/a",
  })
  void rewritesToEveryFormOfAddress(String address, String fromHttp, String fromHttps)
      throws InvalidVideoUrlException {
    assertThat(rewrite(address, "http://s1.origin-cluster/a")).isEqualTo(fromHttp);
    assertThat(rewrite(address, "https://s1.origin-cluster/a")).isEqualTo(fromHttps);
  }

  @ParameterizedTest
  @CsvSource({
    "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8, http://cdn/s1/video/123/xcg2djHckad.m3u8",
    "HTTP://S1.Origin-Cluster/Video/A,     http://cdn/s1/Video/A",
    "hTTpS://S1.Origin-Cluster/Video/A,    https://cdn/s1/Video/A",
    "http://LOCALHOST/a,                   http://cdn/localhost/a",
    "http://A-Z09.b/a,                     http://cdn/a-z09/a",
    "http://S_1_.a_b/a,                    http://cdn/s_1_/a",
    "http://s1/a.b/c.d,                    http://cdn/s1/a.b/c.d",
    "http://s1.origin-cluster:8080/a,      http://cdn/s1/a",
    "http://s1:8080/a.b,                   http://cdn/s1/a.b",
    "http://s1.origin-cluster//a///b/,     http://cdn/s1//a///b/",
    "http://s1.origin-cluster//,           http://cdn/s1//",
    "http://s1.origin-cluster/a;p=1/b,     http://cdn/s1/a;p=1/b",
    "http://s1.origin-cluster/a?token=a%2Fb, http://cdn/s1/a?token=a%2Fb",
    "http://s1.origin-cluster/a?,          http://cdn/s1/a?",
    "http://s1.origin-cluster/a#,          http://cdn/s1/a#",
    "http://s1.origin-cluster/a#t=10,      http://cdn/s1/a#t=10",
    "http://s1.origin-cluster/a?b#t=10?c,  http://cdn/s1/a?b#t=10?c",
    "http://s1.origin-cluster/%7e%7E%41,   http://cdn/s1/%7e%7E%41",
    "http://s1.origin-cluster/{a}|[b]^`+~, http://cdn/s1/{a}|[b]^`+~",
    "http://s1.origin-cluster/é,           http://cdn/s1/%C3%A9",
    "http://s1.origin-cluster/aé%2Fb?中=c#😀d, http://cdn/s1/a%C3%A9%2Fb?%E4%B8%AD=c#%F0%9F%98%80d",
  })
  void copiesPathQueryAndFragment(String url, String rewritten) throws InvalidVideoUrlException {
    assertThat(rewrite("cdn", url)).isEqualTo(rewritten);
  }

  @Test
  void copiesTheLongestOfUrlsWhichEscapesMakeLongerStill() throws InvalidVideoUrlException {
    int letters = (8192 - "http://s1/".length()) / 2;

    assertThat(rewrite("http://cdn/base", "http://s1/" + "é".repeat(letters)))
        .isEqualTo("http://cdn/base/s1/" + "%C3%A9".repeat(letters));
  }

  @ParameterizedTest
  @CsvSource({
    "cdn.example.com, cdn.example.com",
    "cdn.example.com:8080, cdn.example.com:8080",
    "https://cdn.example.com:8443/base/, cdn.example.com:8443",
  })
  void isCalledByItsAuthority(String address, String name) {
    assertThat(Cdn.parse(address).name()).isEqualTo(name);
    assertThat(Cdn.parse(address)).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "cdn/",
        "cdn.example.com/base",
        "//cdn.example.com",
        "http:cdn.example.com",
        "http:/cdn.example.com",
        "http://",
        "http:///base",
        "cdn.example.com.",
        "-cdn",
        "*.example.com",
        "c dn",
        "cdn,cdn2",
        "cdn?a",
        "cdn#a",
        "cdn.example.com%2Fa",
        "cdé",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.04",
        "1..2.3",
        "...",
        "0x7f000001",
        "::1",
        "[::1",
        "::1]",
        "[]",
        "[::g]",
        "[::1]x",
        "[::1]]",
        "[1.2.3.4]",
        "[cdn]",
        "[fe80::1%1]",
        "[fe80::1%25lo]",
      })
  void rejectsWhatIsNoHost(String address) {
    assertRejected(address, "host");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://u@cdn.example.com", "u@cdn", "https://u:secret@cdn:8443/base"})
  void rejectsUserInformationWithoutRepeatingIt(String address) {
    assertThatThrownBy(() -> Cdn.parse(address))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "an address with user information"
                + " (expected: host[:port] or http(s)://host[:port][/base])");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cdn:",
        "cdn:0",
        "cdn:080",
        "cdn:65536",
        "cdn:a",
        "cdn:80:80",
        "http://cdn:/base",
        "10.0.0.5:",
        "[::1]:",
        "[::1]:0"
      })
  void rejectsWhatIsNoPort(String address) {
    assertRejected(address, "port");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://cdn", "://cdn", "httpss://cdn", " http://cdn", "http\u017F://cdn"})
  void rejectsOtherSchemes(String address) {
    assertRejected(address, "its scheme is neither http nor https");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a?b",
        "/a?",
        "/a#b",
        "/#",
        "/a/../b",
        "/..",
        "/.",
        "/a/%2e%2E",
        "/a%2F..",
        "/a b",
        "/a\\b",
        "/a%zz",
        "/a%",
        "/a\"",
        "/<a>",
        "/é",
        "/a\u0000"
      })
  void rejectsBasesThatAreNoPlainPath(String base) {
    assertRejected("http://cdn" + base, "base path");
  }

  @ParameterizedTest
  @ValueSource(strings = {"origin", "ORIGIN", "http://origin/base"})
  void rejectsTheNameThatMetricsGiveTheOrigin(String address) {
    assertRejected(address, "is reserved");
  }

  private static void assertRejected(String address, String error) {
    assertThatThrownBy(() -> Cdn.parse(address))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(Quote.ascii(address))
        .hasMessageContaining(error)
        .hasMessageEndingWith("(expected: host[:port] or http(s)://host[:port][/base])");
  }

  private static String rewrite(String address, String url) throws InvalidVideoUrlException {
    return Cdn.parse(address).rewrite(VideoUrl.parse(url, OriginDomains.any()));
  }
}
