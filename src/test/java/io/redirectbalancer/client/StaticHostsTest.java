package io.redirectbalancer.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

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
  void acceptsAByteOrderMarkAndNonAsciiComments(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("hosts"), "\uFEFFa=x:1\r\n# für b\r\nb=y:2\r\n");

    assertThat(StaticHosts.parse("@" + file).entries())
        .isEqualTo(Map.of("a", List.of(server("x", 1)), "b", List.of(server("y", 2))));
  }

  @Test
  void acceptsALinkToAFile(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("hosts"), "a=x:1");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);

    assertThat(StaticHosts.parse("@" + link).names()).containsExactly("a");
  }

  @Test
  void takesAFileOfAMebibyteAndNoMore(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("hosts");
    Files.writeString(file, "a=x:1\n" + "#".repeat((1 << 20) - 6));
    assertThat(StaticHosts.parse("@" + file).names()).containsExactly("a");

    Files.writeString(file, "a=x:1\n" + "#".repeat((1 << 20) - 5));
    assertThat(error(file)).contains(file + "\": more than 1 MiB (expected: ");
  }

  @Test
  void saysWhatIsWrongWithAFile(@TempDir Path folder) throws IOException {
    assertThat(error(folder)).contains("\": not a regular file (expected: ");
    Path latin1 = Files.write(folder.resolve("latin1"), new byte[] {'#', (byte) 0xe4, '\n'});
    assertThat(error(latin1)).contains("\": not UTF-8 (expected: ");
    Path comment = Files.writeString(folder.resolve("comment"), "# nothing yet\n");
    assertThat(error(comment)).contains("\": nothing in it (expected: ");
    Path longLine = Files.writeString(folder.resolve("long"), "x".repeat(100_000));
    assertThat(error(longLine)).hasSizeLessThan(400);
  }

  private static String error(Path file) {
    var error =
        catchThrowableOfType(IllegalArgumentException.class, () -> StaticHosts.parse("@" + file));
    return String.valueOf(error.getMessage());
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
    "a=10.0.0.256:1, '\"a=10.0.0.256:1\": server \"10.0.0.256:1\" (expected: host:port, an IPv6 address in brackets)'",
    "'a=x:1,a=y:1', '\"a=y:1\": its name is given twice (expected: each name once)'",
    "'', '\"\" (expected: name=host:port|host:port, several of them separated by commas, or @FILE with one a line)'",
    "' =x:1', '\" =x:1\" (expected: name=host:port|host:port, several of them separated by commas, or @FILE with one a line)'",
    "@/no/such/file, '\"/no/such/file\": no such file (expected: a file with name=host:port lines)'",
    "@/dev/zero, '\"/dev/zero\": not a regular file (expected: a file with name=host:port lines)'",
    "@/dev/stdin/a, '\"/dev/stdin/a\": cannot be read (expected: a file with name=host:port lines)'",
  })
  void saysWhatWasGivenAndWhatIsExpected(String text, String error) {
    assertThatThrownBy(() -> StaticHosts.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(error);
  }

  private static InetSocketAddress server(String host, int port) {
    return InetSocketAddress.createUnresolved(host, port);
  }
}
