package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a caller reads: the rule, what was found, what is expected. */
class RejectionMessageTest {
  private static final OriginDomains DOMAINS =
      OriginDomains.of(List.of(OriginDomains.Domain.parse("origin-cluster")));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "` ` | (blank): nothing; expected a URL",
        "ftp://s1.origin-cluster/a | (scheme): \"ftp://s1.origin-cluster/a\"; expected an absolute",
        "http://s1.origin-cluster/a%zz | (characters): \"%zz\" at character 27; expected no control or",
        "http://s1.origin-cluster/a b | (characters): \" \" at character 27; expected no control",
        "http://s1.origin-cluster/\u202E | (characters): \"\\u202e\" at character 26; expected",
        "http://s1.origin-cluster/\\ | (characters): \"\\u005c\" at character 26; expected",
        "http://u@s1.origin-cluster/a | (user_info): \"u@s1.origin-cluster\"; expected a host",
        "http://10.0.0.5/a | (host): IP address \"10.0.0.5\"; expected a DNS name",
        "http:///a | (host): no host; expected a DNS name",
        "http://a~b/a | (host): host \"a~b\"; expected a DNS name: labels of letters, digits, underscores",
        "http://s1.origin-cluster/a\u0890 | (characters): \"\\u0890\" at character 27; expected no control",
        "http://a..b/a | (host): host \"a..b\" with an empty label; expected a DNS name",
        "http://a..b~c/a | (host): host \"a..b~c\"; expected a DNS name",
        "http://-a/a | (host): host \"-a\" with an outer hyphen; expected a DNS name",
        "http://s1.evil.com/a | (domain): host \"s1.evil.com\"; expected one label under an entry",
        "http://s1.origin-cluster:081/a | (port): port \"081\"; expected 1 to 65535 without leading",
        "http://s1.origin-cluster:81/a | (port): port 81; expected port 80, none, or the one that",
        "https://s1.origin-cluster:80/a | (port): port 80; expected port 443, none, or the one that",
        "http://s1.origin-cluster/ | (path): path \"/\"; expected a path of at least one character",
        "http://s1.origin-cluster/x/../y | (dot_segment): path \"/x/../y\"; expected no . or ..",
      })
  void saysTheRuleWhatWasFoundAndWhatIsExpected(String url, String start) {
    assertThat(rejection(url)).hasMessageStartingWith("invalid video URL " + start);
  }

  @Test
  void saysHowLongALongUrlIs() {
    String url = "http://s1.origin-cluster/" + "é".repeat(5000);

    assertThat(rejection(url))
        .hasMessage(
            "invalid video URL (too_long): 10025 bytes; expected at most 8192 bytes of UTF-8");
  }

  @Test
  void saysHowLongALongHostIs() {
    assertThat(rejection("http://" + "a.".repeat(200) + "b/a"))
        .hasMessageContaining("(host): a host of 401 characters; expected");
    assertThat(rejection("http://" + "a".repeat(64) + "/a"))
        .hasMessageContaining("with a label of 64 characters; expected");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 74, 75, 76, 77, 78, 79, 80, 81, 4000})
  void quotesAtMost80CharactersOfTheInput(int length) {
    InvalidVideoUrlException rejection = rejection("x".repeat(length));

    String quote = quoteIn(rejection);
    if (quote.equals("x".repeat(length))) {
      assertThat(length).isLessThanOrEqualTo(80);
    } else {
      assertThat(quote).matches("x+\\.\\.\\.").hasSizeLessThanOrEqualTo(80);
      assertThat(length).isGreaterThanOrEqualTo(quote.length());
    }
  }

  @Test
  void quotesUpTo80CharactersWhole() {
    assertThat(quoteIn(rejection("x".repeat(80)))).isEqualTo("x".repeat(80));
  }

  @Test
  void showsWhatIsNotPrintableAsciiByItsCodeUnits() {
    assertThat(rejection("é\"\u0007\u007F😀"))
        .hasMessageContaining("(scheme): \"\\u00e9\\u0022\\u0007\\u007f\\ud83d\\ude00\"; expected");
  }

  @Test
  void costsNoStackTrace() {
    assertThat(rejection("").getStackTrace()).isEmpty();
  }

  private static InvalidVideoUrlException rejection(String url) {
    return catchThrowableOfType(InvalidVideoUrlException.class, () -> VideoUrl.parse(url, DOMAINS));
  }

  /** What stands between quotation marks, which is empty where nothing is quoted. */
  private static String quoteIn(InvalidVideoUrlException rejection) {
    var quote = Pattern.compile("\"([^\"]*)\"").matcher(rejection.getMessage());
    return quote.find() ? quote.group(1) : "";
  }
}
