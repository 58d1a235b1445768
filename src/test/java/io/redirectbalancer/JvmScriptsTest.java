package io.redirectbalancer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts that start the balancer, and look after it, in its image. */
class JvmScriptsTest {
  private static final Path SCRIPTS = Path.of("src", "main", "jvm").toAbsolutePath();

  @ParameterizedTest
  @ValueSource(strings = {"", "serve", "edge"})
  void whatServesGetsTheTunedFlagsAndTheCache(String command, @TempDir Path folder)
      throws Exception {
    Path image = image(folder);
    List<String> arguments = command.isEmpty() ? List.of() : List.of(command);

    assertThat(start(image, arguments))
        .startsWith(
            "-Djava.library.path=" + image.resolve("native"),
            "-XX:AOTCache=" + image.resolve("balancer.aot"),
            "@" + image.resolve("jvm.options"),
            "-jar",
            image.resolve("redirect-balancer.jar").toString())
        .hasSize(5 + arguments.size())
        .endsWith(arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"explain", "call", "--help"})
  void whatIsShortGetsASmallHeap(String command, @TempDir Path folder) throws Exception {
    Path image = image(folder);

    assertThat(start(image, List.of(command, "an argument with blanks")))
        .contains("-Xmx24m", "-XX:+UseSerialGC")
        .noneMatch(argument -> argument.startsWith("@") || argument.contains("AOTCache"))
        .endsWith(
            "-jar",
            image.resolve("redirect-balancer.jar").toString(),
            command,
            "an argument with blanks");
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.0.0.0",
    "127.0.0.1, 127.0.0.1",
    "localhost, localhost",
    "'', 127.0.0.1",
    "::, ::",
    "[::], ::",
    "0:0:0:0:0:0:0:0, ::",
    "::1, ::1",
    "[::1], ::1",
  })
  void theHealthCheckFindsTheAdminPortWhereverItListens(String adminHost, String address)
      throws Exception {
    assumeTrue(!address.contains(":") || canListenOn("::1"), "no IPv6 here");
    assertThat(healthCheck(adminHost, address, 200)).isZero();
  }

  @Test
  void theHealthCheckFailsWhenTheBalancerSaysSoOrIsNotThere() throws Exception {
    int nobody;
    try (ServerSocket socket = new ServerSocket(0)) {
      nobody = socket.getLocalPort();
    }
    assertThat(healthCheck("127.0.0.1", "127.0.0.1", 503)).isEqualTo(1);
    assertThat(healthCheckOf("127.0.0.1", nobody).start().waitFor()).isEqualTo(1);
  }

  private static int healthCheck(String adminHost, String address, int livez) throws Exception {
    HttpServer admin = HttpServer.create(new InetSocketAddress(address, 0), 0);
    admin.createContext(
        "/livez",
        exchange -> {
          exchange.sendResponseHeaders(livez, -1);
          exchange.close();
        });
    admin.start();
    try {
      Process check = healthCheckOf(adminHost, admin.getAddress().getPort()).start();
      assertThat(check.waitFor(20, TimeUnit.SECONDS)).isTrue();
      return check.exitValue();
    } finally {
      admin.stop(0);
    }
  }

  private static ProcessBuilder healthCheckOf(String adminHost, int adminPort) {
    ProcessBuilder check = new ProcessBuilder(SCRIPTS.resolve("healthcheck").toString());
    check
        .environment()
        .putAll(Map.of("ADMIN_HOST", adminHost, "ADMIN_PORT", String.valueOf(adminPort)));
    return check.redirectError(ProcessBuilder.Redirect.DISCARD);
  }

  private static boolean canListenOn(String address) {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  /** A folder as the image has it, and beside it a JVM that prints its arguments, a line each. */
  private static Path image(Path folder) throws IOException {
    Path image = Files.createDirectory(folder.toRealPath().resolve("app"));
    Files.createDirectory(image.resolve("native"));
    for (String file : List.of("balancer.aot", "jvm.options", "redirect-balancer.jar")) {
      Files.createFile(image.resolve(file));
    }
    executable(
        image.resolve("redirect-balancer"), Files.readString(SCRIPTS.resolve("redirect-balancer")));
    Path bin = Files.createDirectories(folder.resolve("jdk").resolve("bin"));
    executable(bin.resolve("java"), "#!/bin/sh\nprintf '%s\\n' $$ \"$@\"\n");
    return image;
  }

  private static void executable(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** The arguments of the JVM, which is the process that was started, so that signals reach it. */
  private static List<String> start(Path image, List<String> arguments) throws Exception {
    Path command =
        Files.createSymbolicLink(
            image.resolveSibling("command"), image.resolve("redirect-balancer"));
    ProcessBuilder builder = new ProcessBuilder(command.toString());
    builder.command().addAll(arguments);
    builder.environment().put("JAVA_HOME", image.resolveSibling("jdk").toString());
    Process process = builder.start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(lines.get(0)).isEqualTo(String.valueOf(process.pid()));
    return lines.subList(1, lines.size());
  }
}
