package io.redirectbalancer.url;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** URLs for properties: valid ones, ones in which something may be wrong, and garbage. */
final class VideoUrls {
  private VideoUrls() {}

  /** URLs of ASCII characters that keep to every rule while any DNS name may be redirected. */
  static Arbitrary<String> valid() {
    Arbitrary<String> scheme = Arbitraries.of("http", "https", "HTTP", "hTTps");
    Arbitrary<String> port = Arbitraries.of("", ":", ":80", ":443", ":1", ":65535");
    Arbitrary<String> name = Arbitraries.of("a", "..a", "b.m3u8", ";p=1", "%41%2f", "~!$&'()*+,@:");
    Arbitrary<String> path =
        name.list().ofMinSize(1).ofMaxSize(4).map(names -> "/" + String.join("/", names));
    Arbitrary<String> query = Arbitraries.of("", "?", "?token=a%2Fb", "?a=/../b?c", "?u@h:1");
    Arbitrary<String> fragment = Arbitraries.of("", "#", "#t=10", "#?a/../b");
    return Combinators.combine(scheme, host(), port, path, query, fragment)
        .as((s, h, po, pa, q, f) -> s + "://" + h + po + pa + q + f);
  }

  /** URLs put together from parts that are mostly good and sometimes break one of the rules. */
  static Arbitrary<String> nearlyValid() {
    Arbitrary<String> blank = mostly("", " ", "\t\r\n", "\f", "\u000B", "\u00A0");
    Arbitrary<String> start =
        mostly(
            "http://", "https://", "HTTP://", "hTTpS://", "http:/", "ftp://", "", "http\u017F://");
    Arbitrary<String> userInfo = mostly("", "u@", "u:p@", "@", "é@", "%zz@", "a[b]@");
    Arbitrary<String> host =
        Arbitraries.frequencyOf(
            Tuple.of(4, Arbitraries.of("s1.origin-cluster", "S1.Origin-Cluster", "v.b.example")),
            Tuple.of(2, host()),
            Tuple.of(1, piecesOf("a", "A", "9", "-", ".", "_", "0x", "%41", "[", "]", "é", ":")),
            Tuple.of(1, Arbitraries.of("10.0.0.5", "a.0X1f", "[::1]", "s1.origin-cluster.", "")),
            Tuple.of(1, Arbitraries.of("a".repeat(64), "a.".repeat(126) + "b", "a.".repeat(127))));
    Arbitrary<String> port =
        mostly(
            "", ":80", ":443", ":8080", ":", ":0", ":080", ":65535", ":65536", ":8a", ":é",
            ":80:80");
    Arbitrary<String> path =
        Arbitraries.frequencyOf(
            Tuple.of(1, Arbitraries.of("", "/", "//", "\\a")),
            Tuple.of(
                6,
                piecesOf(
                        "/", "/", "a", ".", "..", "/./", "/..", "%2e", "%2E", "%2F", "%5c", "%252e",
                        ";", "é", "😀", "\u200D", "\u0378", "\\", "%zz", "%4", " ", "\u202E",
                        "\uD83D", ":", "@", "[")
                    .map(pieces -> "/" + pieces)));
    Arbitrary<String> rest =
        Arbitraries.frequencyOf(
            Tuple.of(3, Arbitraries.just("")),
            Tuple.of(1, piecesOf("?", "#", "a", "/../", "%2F", "%", "é", "\u2028", "@", ":", "<")),
            Tuple.of(1, Arbitraries.of("?token=a%2Fb", "#t=10", "?" + "q".repeat(8192))));
    return Combinators.combine(blank, start, userInfo, host, port, path, rest)
        .as((b, s, u, h, po, pa, r) -> b + s + u + h + po + pa + r + b);
  }

  /** Anything: random texts, random texts after a good start, valid URLs with one place changed. */
  static Arbitrary<String> garbage() {
    Arbitrary<String> text = Arbitraries.strings().all().ofMaxLength(60);
    Arbitrary<String> piece =
        Arbitraries.oneOf(text.map(t -> t.length() > 3 ? t.substring(0, 3) : t), pieceOfUrl());
    Arbitrary<String> mutated =
        Combinators.combine(valid(), Arbitraries.doubles().between(0, 1), piece)
            .as(
                (url, place, inserted) -> {
                  int at = (int) (place * url.length());
                  int after = Math.min(url.length(), at + inserted.length() % 2);
                  return url.substring(0, at) + inserted + url.substring(after);
                });
    return Arbitraries.oneOf(
        text,
        text.map(t -> "http://" + t),
        text.map(t -> "https://s1.origin-cluster/" + t),
        mutated);
  }

  private static Arbitrary<String> host() {
    Arbitrary<String> label =
        Arbitraries.of("s1", "S2", "a-b", "a_b", "_", "1", "0x1f", "xn--a", "a".repeat(63));
    Arbitrary<String> last = Arbitraries.of("origin-cluster", "com", "a1", "0xg", "1_");
    return Combinators.combine(label.list().ofMaxSize(3), last)
        .as((labels, end) -> String.join("", labels.stream().map(l -> l + ".").toList()) + end);
  }

  private static Arbitrary<String> pieceOfUrl() {
    return Arbitraries.of(
        "%", "/", "?", "#", "@", ":", "[", "]", ".", "\\", "é", "\uD83D", "\uDE00");
  }

  private static Arbitrary<String> piecesOf(String... pieces) {
    return Arbitraries.of(pieces).list().ofMaxSize(6).map(list -> String.join("", list));
  }

  /** The first value in two of three cases, otherwise any. */
  private static Arbitrary<String> mostly(String usual, String... others) {
    return Arbitraries.frequencyOf(
        Tuple.of(2, Arbitraries.just(usual)), Tuple.of(1, Arbitraries.of(others)));
  }
}
