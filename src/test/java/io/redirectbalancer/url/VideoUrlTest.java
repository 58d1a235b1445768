package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VideoUrlTest {
  private static final String EXAMPLE = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "http://s1.origin-cluster/a,              s1.origin-cluster, /a,     -",
        "http://S1.Origin-Cluster/A,              S1.Origin-Cluster, /A,     -",
        "http://s1.origin-cluster:8080/a,         s1.origin-cluster, /a,     -",
        "http://s1.origin-cluster/a?b=c,          s1.origin-cluster, /a,     b=c",
        "http://s1.origin-cluster/a?b=c#d,        s1.origin-cluster, /a,     b=c",
        "http://s1.origin-cluster/a?,             s1.origin-cluster, /a,     ''",
        "http://s1.origin-cluster/a?#d,           s1.origin-cluster, /a,     ''",
        "http://s1.origin-cluster/a#d?e,          s1.origin-cluster, /a,     -",
        "http://s1.origin-cluster/a#d/../e,       s1.origin-cluster, /a,     -",
        "http://s1.origin-cluster/a?b?c,          s1.origin-cluster, /a,     b?c",
        "http://s1.origin-cluster/a?u@h:1/b,      s1.origin-cluster, /a,     u@h:1/b",
        "http://s1.origin-cluster/u@h:1/b,        s1.origin-cluster, /u@h:1/b, -",
        "https://h//a//,                          h,                 //a//,  -",
      })
  void knowsItsHostPathAndQuery(String text, String host, String path, String query)
      throws InvalidVideoUrlException {
    VideoUrl url = VideoUrl.parse(text, OriginDomains.any());

    assertThat(url.host()).isEqualTo(host);
    assertThat(url.path()).isEqualTo(path);
    assertThat(url.query()).isEqualTo(query);
    assertThat(url).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({
    "http://s1.o/é,              http://s1.o/%C3%A9,                  /%C3%A9",
    "HTTP://S1.o:80/{a}|中?😀#é^,  HTTP://S1.o:80/{a}|%E4%B8%AD?%F0%9F%98%80#%C3%A9^, /{a}|%E4%B8%AD",
    "http://s1.o/%c3%A9%2fé,     http://s1.o/%c3%A9%2f%C3%A9,         /%c3%A9%2f%C3%A9",
    "http://s1.o/a\u200Cb?c\u200Dd, http://s1.o/a%E2%80%8Cb?c%E2%80%8Dd, /a%E2%80%8Cb",
  })
  void isAsciiWhateverTheInputWas(String input, String ascii, String path)
      throws InvalidVideoUrlException {
    VideoUrl url = VideoUrl.parse(input, OriginDomains.any());

    assertThat(url).hasToString(ascii);
    assertThat(url.path()).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "HTTP", "hTtP"})
  void readsHttpInAnyCase(String scheme) throws InvalidVideoUrlException {
    VideoUrl url = VideoUrl.parse(scheme + "://s1.origin-cluster/a", OriginDomains.any());

    assertThat(url.isHttps()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"https", "HTTPS", "hTtPs"})
  void readsHttpsInAnyCase(String scheme) throws InvalidVideoUrlException {
    VideoUrl url = VideoUrl.parse(scheme + "://s1.origin-cluster/a", OriginDomains.any());

    assertThat(url.isHttps()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://s1.origin-cluster/a",
        "s1.origin-cluster/a",
        "//s1.origin-cluster/a",
        "/a",
        "http",
        "http:",
        "http:/",
        "http:/s1.origin-cluster/a",
        "http:s1.origin-cluster/a",
        "http//s1.origin-cluster/a",
        "http:\\\\s1.origin-cluster/a",
        "http ://s1.origin-cluster/a",
        "httpss://s1.origin-cluster/a",
        "xhttp://s1.origin-cluster/a",
        // The long s, which is an S in upper case.
        "http\u017F://s1.origin-cluster/a",
        // What differs from :// by the bit that makes letters small.
        "http\u001A\u000F\u000Fs1.origin-cluster/a",
        "://s1.origin-cluster/a",
        "javascript:alert(1)",
        "\u00A0http://s1.origin-cluster/a",
      })
  void rejectsWhatIsNotAbsoluteHttp(String url) {
    assertThat(BrokenRule.of(url)).contains(Rule.SCHEME);
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "\t", "\n", "\f", "\r", " \r\n\t\f "})
  void trimsAsciiWhitespace(String blank) throws InvalidVideoUrlException {
    VideoUrl url = VideoUrl.parse(blank + EXAMPLE + blank, OriginDomains.any());

    assertThat(url).hasToString(EXAMPLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u0000", "\u000B", "\u001F", "\u0085", "\u00A0", "\u2003", "\uFEFF"})
  void trimsNothingElse(String notAsciiWhitespace) {
    assertThat(BrokenRule.of(EXAMPLE + notAsciiWhitespace)).contains(Rule.CHARACTERS);
    assertThat(BrokenRule.of(notAsciiWhitespace + EXAMPLE)).contains(Rule.SCHEME);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\n\f\r "})
  void rejectsNothingAtAll(String blank) {
    assertThat(BrokenRule.of(blank)).contains(Rule.BLANK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://u@s1.origin-cluster/a",
        "http://u:p@s1.origin-cluster/a",
        "http://@s1.origin-cluster/a",
        "http://:@s1.origin-cluster/a",
        "http://u@v@s1.origin-cluster/a",
        "http://s1.origin-cluster@evil.example/a",
        "http://u%40v@s1.origin-cluster/a",
        "http://[::1]@s1.origin-cluster/a",
        "http://u@s1.origin-cluster",
        "http://u@",
      })
  void rejectsUserInfo(String url) {
    assertThat(BrokenRule.of(url)).contains(Rule.USER_INFO);
  }

  @Test
  void ruleNamesAreTheReasonsOfTheDesign() {
    assertThat(Rule.values())
        .extracting(Rule::reason)
        .containsExactly(
            "blank",
            "too_long",
            "scheme",
            "characters",
            "user_info",
            "host",
            "domain",
            "port",
            "path",
            "dot_segment");
  }
}
