package io.redirectbalancer.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
  @ParameterizedTest
  @CsvSource({
    "localhost:1,                  localhost,         1",
    "a.b-c.example:65535,          a.b-c.example,     65535",
    "a_b:50051,                    a_b,               50051",
    "_grpc._tcp.a:50051,           _grpc._tcp.a,      50051",
    "balancer.4video:1,            balancer.4video,   1",
    "balancer.svc.cluster.local.:1, balancer.svc.cluster.local., 1",
    "dns:50051,                    dns,               50051",
    "10.0.0.255:1,                 10.0.0.255,        1",
    "[::1]:50051,                  [::1],             50051",
    "[2001:DB8::1]:1,              [2001:DB8::1],     1",
    "[::ffff:10.0.0.1]:1,          [::ffff:10.0.0.1], 1",
    "[fe80::1%eth0.100]:1,         [fe80::1%eth0.100], 1",
    "[fe80::1%25]:1,               [fe80::1%25],      1",
  })
  void readsAHostAndAPort(String text, String host, int port) {
    assertThat(HostPort.parse(text)).contains(InetSocketAddress.createUnresolved(host, port));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        ":1",
        "a:",
        "a:0",
        "a:01",
        "a:65536",
        "a:99999999999",
        "a b:1",
        "a..b:1",
        ".a:1",
        "-a:1",
        "a-:1",
        "a/b:1",
        "ä:1",
        "1:1",
        "10.0.0.256:1",
        "10.0.0:1",
        "10.0.0.1.:1",
        "::1:1",
        "[::1]",
        "[]:1",
        "[:]:1",
        "[1:2]:1",
        "[10.0.0.1]:1",
        "[::1%]:1",
        "[fe80::1%a b]:1",
        "[a]:1",
      })
  void rejectsAnythingElse(String text) {
    assertThat(HostPort.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 300, 1_000_000})
  void rejectsALabelThatIsTooLong(int length) {
    assertThat(HostPort.parse("a".repeat(length) + ":1")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {150, 1_000_000})
  void rejectsANameThatIsTooLong(int labels) {
    assertThat(HostPort.parse("a" + ".a".repeat(labels) + ":1")).isEmpty();
  }
}
