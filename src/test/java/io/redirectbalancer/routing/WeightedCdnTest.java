package io.redirectbalancer.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.url.Quote;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeightedCdnTest {
  @ParameterizedTest
  @CsvSource({
    "cdn-a.example.com,                       cdn-a.example.com,      cdn-a.example.com,           1",
    "cdn-a.example.com=3,                     cdn-a.example.com,      cdn-a.example.com,           3",
    "cdn:8080=0,                              cdn:8080,               cdn:8080,                    0",
    "cdn=10000,                               cdn,                    cdn,                         10000",
    "cdn=00012,                               cdn,                    cdn,                         12",
    "https://cdn-b.example.com/base=1,        cdn-b.example.com,      https://cdn-b.example.com/base, 1",
    "https://cdn/a=b/c,                       cdn,                    https://cdn/a=b/c,           1",
    "https://cdn/a=b/c=2,                     cdn,                    https://cdn/a=b/c,           2",
    "https://cdn/@a=2,                        cdn,                    https://cdn/@a,              2",
    "fast@cdn-a.example.com=3,                fast,                   cdn-a.example.com,           3",
    "F.a-s_t9@http://cdn/base/,               F.a-s_t9,               http://cdn/base/,            1",
    "v6@[::1]:80=7,                           v6,                     [::1]:80,                    7",
    "original@cdn,                            original,               cdn,                         1",
  })
  void readsNameAddressAndWeight(String entry, String name, String address, int weight) {
    WeightedCdn cdn = WeightedCdn.parse(entry);

    assertThat(cdn.cdn().name()).isEqualTo(name);
    assertThat(cdn.cdn().address()).isEqualTo(address);
    assertThat(cdn.weight()).isEqualTo(weight);
  }

  @Test
  void rewritesToTheAddressWhateverTheName() {
    WeightedCdn cdn = WeightedCdn.parse("fast@https://cdn.example.com/base=3");

    assertThat(cdn.cdn().rewrite(Tables.url("http://s1.origin-cluster/a")))
        .isEqualTo("https://cdn.example.com/base/s1/a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "+1", "1.5", "1e3", "10001", "99999", "100000", " 1", "x", "١"})
  void rejectsOtherWeights(String weight) {
    assertThatThrownBy(() -> WeightedCdn.parse("cdn=" + weight))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight %s (expected: a whole number from 0 to 10000)", Quote.ascii(weight));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:b", "ä", "a=b", "\"", "a\n"})
  void rejectsOtherNames(String name) {
    assertThatThrownBy(() -> WeightedCdn.parse(name + "@cdn"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "name %s (expected: 1 to 64 letters, digits, dots, hyphens or underscores)",
            Quote.ascii(name));
  }

  @Test
  void rejectsNamesOfMoreThan64Characters() {
    assertThat(WeightedCdn.parse("n".repeat(64) + "@cdn").cdn().name()).hasSize(64);
    assertThatThrownBy(() -> WeightedCdn.parse("n".repeat(65) + "@cdn"))
        .hasMessageContaining("1 to 64");
  }

  @ParameterizedTest
  @ValueSource(strings = {"origin@cdn", "Origin@cdn", "origin=3", "http://ORIGIN:80/origin@x"})
  void rejectsTheNameOfTheOrigin(String entry) {
    if (entry.startsWith("http")) {
      assertThat(WeightedCdn.parse(entry).cdn().name()).isEqualTo("ORIGIN:80");
    } else {
      assertThatThrownBy(() -> WeightedCdn.parse(entry)).hasMessageContaining("reserved");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "=1", "a@", "a@b@cdn", "http://u@cdn", "cdn=1=2", "a@=1", "cdn/base"})
  void rejectsWhatIsNoAddress(String entry) {
    assertThatThrownBy(() -> WeightedCdn.parse(entry))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("(expected: host[:port] or http(s)://host[:port][/base])");
  }

  @Test
  void namesEverythingThatIsWrongWithAnEntry() {
    assertThatThrownBy(() -> WeightedCdn.parse("a b@cdn:0=x"))
        .hasMessage(
            "weight \"x\" (expected: a whole number from 0 to 10000); \"cdn:0\": its port is not 1"
                + " to 65535 without leading zeros (expected: host[:port] or"
                + " http(s)://host[:port][/base]); name \"a b\" (expected: 1 to 64 letters,"
                + " digits, dots, hyphens or underscores)");
  }

  @ParameterizedTest
  @CsvSource({"cdn=1, cdn", "cdn=3, cdn=3", "fast@http://cdn/base=0, fast@http://cdn/base=0"})
  void isShownAsItIsConfigured(String entry, String shown) {
    assertThat(WeightedCdn.parse(entry)).hasToString(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "fast,     https://cdn/base,  3, fast@https://cdn/base=3",
    "cdn:8080, cdn:8080,          1, cdn:8080",
    "cdn:8080, http://cdn:8080/b, 2, http://cdn:8080/b=2",
    "fast,     https://cdn/a=b,   1, fast@https://cdn/a=b=1",
  })
  void isMadeOfPartsAsOfAnEntry(String name, String address, int weight, String entry) {
    WeightedCdn cdn = WeightedCdn.of(name, address, weight);

    assertThat(cdn).hasToString(entry).isEqualTo(WeightedCdn.parse(entry));
  }

  @Test
  void saysAllErrorsInParts() {
    assertThatThrownBy(() -> WeightedCdn.of("cdn:80", "http://cdn/a,b", -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "weight \"-1\" (expected: a whole number from 0 to 10000);"
                + " \"http://cdn/a,b\": a comma (expected: none; in a base path, %2C);"
                + " name \"cdn:80\" (expected: 1 to 64 letters, digits, dots, hyphens or"
                + " underscores)");
    assertThatThrownBy(() -> WeightedCdn.of("Origin", "cdn", 1))
        .hasMessageContaining("reserved for the origin");
    assertThatThrownBy(() -> WeightedCdn.of("fast", "http://user:secret@cdn", 1))
        .hasMessage(
            "an address with user information"
                + " (expected: host[:port] or http(s)://host[:port][/base])");
  }
}
