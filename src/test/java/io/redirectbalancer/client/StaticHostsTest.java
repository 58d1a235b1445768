package io.redirectbalancer.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaticHostsTest {
  @Test
  void readsNamesAndTheirServers() {
    assertThat(
            StaticHosts.parse("lb.example.grpc.io=localhost:50051|[::1]:50052, b=10.0.0.1:1")
                .entries())
        .isEqualTo(
            Map.of(
                "lb.example.grpc.io", List.of(server("localhost", 50051), server("[::1]", 50052)),
                "b", List.of(server("10.0.0.1", 1))));
  }

  @Test
  void holdsNothingIfBlank() {
    assertThat(StaticHosts.parse(" ").entries()).isEmpty();
  }

  @Test
  void readsAFileWithALineANameAgainEachTime(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("hosts"), "# a comment\n\na=x:1|y:2\nb=z:3\n");
    StaticHosts hosts = StaticHosts.parse("@" + file);
    assertThat(hosts.entries())
        .isEqualTo(
            Map.of("a", List.of(server("x", 1), server("y", 2)), "b", List.of(server("z", 3))));

    Files.writeString(file, "c=w:4");

    assertThat(hosts.entries()).isEqualTo(Map.of("c", List.of(server("w", 4))));
  }

  @ParameterizedTest
  @CsvSource({
    "a, '\"a\" (expected: name=host:port|host:port, several of them separated by commas, or @FILE with one a line)'",
    "=x:1, '\"=x:1\" (expected: name=host:port|host:port, several of them separated by commas, or @FILE with one a line)'",
    "a=x, '\"a=x\": server \"x\" (expected: host:port, an IPv6 address in brackets)'",
    "a=x:0, '\"a=x:0\": server \"x:0\" (expected: host:port, an IPv6 address in brackets)'",
    "a=x:65536, '\"a=x:65536\": server \"x:65536\" (expected: host:port, an IPv6 address in brackets)'",
    "a=b c:1, '\"a=b c:1\": server \"b c:1\" (expected: host:port, an IPv6 address in brackets)'",
    "a=:::1, '\"a=:::1\": server \":::1\" (expected: host:port, an IPv6 address in brackets)'",
    "a=:1, '\"a=:1\": server \":1\" (expected: host:port, an IPv6 address in brackets)'",
    "a=x:1|, '\"a=x:1|\": server \"\" (expected: host:port, an IPv6 address in brackets)'",
    "'a=x:1,a=y:1', '\"a=y:1\": its name is there twice (expected: a name once)'",
    "@/no/such/file, '\"/no/such/file\": cannot be read (expected: a file with name=host:port lines)'",
  })
  void saysWhatWasGivenAndWhatIsExpected(String text, String mistake) {
    assertThatThrownBy(() -> StaticHosts.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(mistake);
  }

  private static InetSocketAddress server(String host, int port) {
    return InetSocketAddress.createUnresolved(host, port);
  }
}
