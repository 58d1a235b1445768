package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;

/** What holds for every URL. */
class VideoUrlPropertiesTest {
  private static final OriginDomains LIST =
      OriginDomains.of(
          List.of(
              OriginDomains.Domain.parse("origin-cluster"),
              OriginDomains.Domain.parse("b.example:8080")));
  private static final List<String> CDNS =
      List.of(
          "cdn.example.com",
          "cdn.example.com:8443",
          "http://cdn.example.com",
          "https://cdn.example.com:8443/base");

  @Property
  void acceptsWhatKeepsToTheRules(@ForAll @From("valid") String url) {
    assertThat(BrokenRule.of(url)).isEmpty();
  }

  @Property
  void isTakenApartAsRfc3986Does(@ForAll @From("mixed") String input) {
    Optional<VideoUrl> accepted = parse(input);
    Assume.that(accepted.isPresent());
    VideoUrl url = accepted.get();

    Matcher parts = ReferenceRules.split(url.toString());
    assertThat(url.isHttps()).isEqualTo(parts.group(2).toLowerCase(Locale.ROOT).equals("https"));
    assertThat(url.host()).isEqualTo(parts.group(4).replaceFirst(":[0-9]*$", ""));
    assertThat(url.path()).isEqualTo(parts.group(5));
    assertThat(url.query()).isEqualTo(parts.group(7));
  }

  /** Any other exception would fail the property. */
  @Property(tries = 5000)
  void isAcceptedAndUnchangedButForWhatIsNotAsciiOrRejected(@ForAll @From("mixed") String input) {
    Optional<VideoUrl> accepted = parse(input);

    accepted.ifPresent(url -> assertThat(url).hasToString(asciiOf(input.strip())));
    assertThat(accepted.isPresent()).isNotEqualTo(BrokenRule.of(input).isPresent());
  }

  @Property(tries = 10_000)
  void isJudgedAsTheReferenceJudgesIt(@ForAll @From("mixed") String input) {
    Optional<Rule> withoutList = new ReferenceRules().firstBroken(input);
    Optional<Rule> withList =
        new ReferenceRules("origin-cluster", "b.example:8080").firstBroken(input);

    assertThat(BrokenRule.of(input)).isEqualTo(withoutList);
    assertThat(BrokenRule.of(input, LIST)).isEqualTo(withList);
    Statistics.collect(withList.map(Rule::reason).orElse("accepted"));
    Statistics.coverage(
        coverage -> {
          coverage.check("accepted").count(c -> c >= 5);
          for (Rule rule : List.of(Rule.values()).subList(1, Rule.values().length)) {
            coverage.check(rule.reason()).count(c -> c >= 5);
          }
        });
  }

  @Property
  void isRejectedInPrintableAsciiThatQuotesLittle(@ForAll @From("mixed") String input) {
    Assume.that(BrokenRule.of(input, LIST).isPresent());
    var rejection =
        catchThrowableOfType(InvalidVideoUrlException.class, () -> VideoUrl.parse(input, LIST));

    assertThat(rejection.getMessage())
        .startsWith("invalid video URL (" + rejection.rule().reason() + "): ")
        .contains("; expected ")
        .matches("[\\x20-\\x7e]+")
        .doesNotContainPattern("\"[^\"]{81,}\"")
        .hasSizeLessThan(400);
  }

  @Property(tries = 3000)
  void isAnsweredWithTheCdnsHostOrItsOwn(@ForAll @From("mixed") String input)
      throws InvalidVideoUrlException {
    Optional<VideoUrl> accepted = parse(input);
    Assume.that(accepted.isPresent());
    String own = ReferenceRules.split(accepted.get().toString()).group(4);

    for (String address : CDNS) {
      var redirector = new Redirector(new RoutingTable(OriginDomains.any(), 2, Cdn.parse(address)));
      Decision cdn = redirector.redirect(input);
      Decision origin = redirector.redirect(input);

      Matcher parts = ReferenceRules.split(cdn.url());
      assertThat(cdn.url()).matches("[\\x21-\\x7e]+");
      assertThat(origin.url()).isEqualTo(asciiOf(input.strip()));
      assertThat(parts.group(2)).matches("https?");
      assertThat(parts.group(4)).isEqualTo(cdn.target());
      assertThat(address).contains(cdn.target());
      assertThat(ReferenceRules.split(origin.url()).group(4)).isEqualTo(own);
    }
  }

  /** Two parsers that agree prove little if one of them accepts or rejects everything. */
  @Example
  void theReferenceKnowsTheExamples() {
    ReferenceRules reference = new ReferenceRules("origin-cluster");

    assertThat(reference.firstBroken("http://s1.origin-cluster/video/123/a.m3u8")).isEmpty();
    assertThat(reference.firstBroken("")).contains(Rule.BLANK);
    assertThat(reference.firstBroken("a".repeat(8193))).contains(Rule.TOO_LONG);
    assertThat(reference.firstBroken("ftp://s1.origin-cluster/a")).contains(Rule.SCHEME);
    assertThat(reference.firstBroken("http://s1.origin-cluster/a%zz")).contains(Rule.CHARACTERS);
    assertThat(reference.firstBroken("http://u@s1.origin-cluster/a")).contains(Rule.USER_INFO);
    assertThat(reference.firstBroken("http://10.0.0.5/a")).contains(Rule.HOST);
    assertThat(reference.firstBroken("http://s1.origin-cluster.evil.com/a")).contains(Rule.DOMAIN);
    assertThat(reference.firstBroken("http://s1.origin-cluster:081/a")).contains(Rule.PORT);
    assertThat(reference.firstBroken("http://s1.origin-cluster/")).contains(Rule.PATH);
    assertThat(reference.firstBroken("http://s1.origin-cluster/x/%2E%2e/y"))
        .contains(Rule.DOT_SEGMENT);
  }

  @Provide
  Arbitrary<String> valid() {
    return VideoUrls.valid();
  }

  @Provide
  Arbitrary<String> mixed() {
    return Arbitraries.oneOf(VideoUrls.valid(), VideoUrls.nearlyValid(), VideoUrls.garbage());
  }

  /** Percent-encoded as the JDK does it, which leaves the letters of a form as they are. */
  private static String asciiOf(String text) {
    return Pattern.compile("\\P{ASCII}+")
        .matcher(text)
        .replaceAll(found -> URLEncoder.encode(found.group(), StandardCharsets.UTF_8));
  }

  private static Optional<VideoUrl> parse(String input) {
    try {
      return Optional.of(VideoUrl.parse(input, OriginDomains.any()));
    } catch (InvalidVideoUrlException e) {
      return Optional.empty();
    }
  }
}
