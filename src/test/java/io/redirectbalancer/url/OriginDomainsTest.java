package io.redirectbalancer.url;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.url.OriginDomains.Domain;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginDomainsTest {
  @ParameterizedTest
  @CsvSource({
    "origin-cluster, origin-cluster, 0",
    "Origin-Cluster:8080, origin-cluster, 8080",
    "b.example.com:65535, b.example.com, 65535",
    "Under_Score, under_score, 0",
  })
  void readsEntries(String entry, String name, int port) {
    assertThat(Domain.parse(entry)).isEqualTo(new Domain(name, port));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "*.a",
        ".a",
        "a.",
        "a..b",
        "a b",
        "//a",
        "a/b",
        "10.0.0.5",
        "0x1",
        ":80",
        "é"
      })
  void rejectsEntriesThatAreNoName(String entry) {
    assertThatThrownBy(() -> Domain.parse(entry))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("(expected: suffix[:port], such as origin-cluster:8080)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:", "http://a", "a:0", "a:080", "a:65536", "a:x", "a:80:80"})
  void rejectsEntriesWithABadPort(String entry) {
    assertThatThrownBy(() -> Domain.parse(entry))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("port ")
        .hasMessageEndingWith("(expected: 1 to 65535 without leading zeros)");
  }

  @Test
  void rejectsAnEmptyListSinceThatWouldAdmitAnyHost() {
    assertThatThrownBy(() -> OriginDomains.of(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isShownAsItIsWritten() {
    assertThat(OriginDomains.any()).hasToString("*");
    assertThat(OriginDomains.of(List.of(Domain.parse("A.b"), Domain.parse("c:81"))))
        .hasToString("a.b,c:81");
  }

  @Test
  void knowsWhetherItAdmitsAnyHost() {
    assertThat(OriginDomains.any().admitsAny()).isTrue();
    assertThat(OriginDomains.of(List.of(Domain.parse("a"))).admitsAny()).isFalse();
  }
}
