package io.redirectbalancer.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.routing.Cdn;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeUrlTest {
  @ParameterizedTest
  @CsvSource({
    "cdn.example.com, false, cdn.example.com, 80, cdn.example.com, /h?a=1, true",
    "cdn_1:81, false, cdn_1, 81, cdn_1:81, /h?a=1, true",
    "cdn.4video, false, cdn.4video, 80, cdn.4video, /h?a=1, true",
    "HTTPS://cdn.example.com/, true, cdn.example.com, 443, cdn.example.com, /h?a=1, true",
    "https://cdn:8443/base//x, true, cdn, 8443, cdn:8443, /base//x/h?a=1, true",
    "http://cdn/a{b}|[^`c], false, cdn, 80, cdn, /a%7Bb%7D%7C%5B%5E%60c%5D/h?a=1, true",
    "10.0.0.5:81, false, 10.0.0.5, 81, 10.0.0.5:81, /h?a=1, false",
    "'https://[::1]', true, ::1, 443, '[::1]', /h?a=1, false",
    "'http://[::1]:81/%7b', false, ::1, 81, '[::1]:81', /%7b/h?a=1, false",
  })
  void isTheCdnsWithThePathBehindIt(
      String cdn,
      boolean secure,
      String host,
      int port,
      String authority,
      String target,
      boolean dnsName) {
    ProbeUrl url = ProbeUrl.of(Cdn.parse(cdn), "/h?a=1");

    assertThat(url).isEqualTo(new ProbeUrl(secure, host, port, authority, target));
    assertThat(url.hasDnsName()).isEqualTo(dnsName);
  }
}
