package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.config.ConfigurationException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CheckCommandTest {
  private static final Map<String, String> TWO_CDNS =
      Map.of("CDN_HOST", "fast@cdn-a.example.com=3,cdn-b.example.com");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void printsWhatTheDocumentsShow(@TempDir Path folder) throws Exception {
    Path log = folder.resolve("urls.txt");
    String urls =
        "http://s1.origin-cluster/video/1/a.m3u8\n".repeat(40)
            + "http://s1.origin-cluster/video/../a.m3u8\n";
    Files.writeString(log, urls);

    assertThat(check(TWO_CDNS, "", log.toString())).isEqualTo(1);

    assertThat(Files.readString(Path.of("docs/routing.md"))).contains(output());
  }

  @Test
  void readsStandardInputAndARoutesFile(@TempDir Path folder) throws Exception {
    Path routes = folder.resolve("routes.json");
    Files.writeString(routes, "{\"CDN_HOST\": [\"only@cdn.example\"], \"ORIGIN_EVERY\": 0}");

    int code =
        check(
            Map.of("ROUTES_FILE", routes.toString()),
            "{\"request\": \"GET /a.m3u8 HTTP/1.1\"}\n",
            "--field=request",
            "--base=http://s1.origin-cluster",
            "--json",
            "-");

    assertThat(code).isZero();
    assertThat(output()).contains("\"urls\" : 1").contains("\"only\" : 1");
  }

  @Test
  void reportsEveryWrongOptionAndVariableAtOnce() {
    assertThatThrownBy(
            () ->
                check(
                    Map.of("ORIGIN_EVERY", "x"),
                    "",
                    "--against=nowhere",
                    "--rate=0",
                    "--samples=-1",
                    "-"))
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            e ->
                assertThat(e.errors())
                    .extracting(error -> error.variable())
                    .contains("CDN_HOST", "ORIGIN_EVERY", "--against", "--rate", "--samples"));
  }

  @Test
  void saysThatTheLogCannotBeRead(@TempDir Path folder) throws Exception {
    String missing = folder.resolve("none.txt").toString();
    try (var errors = new CapturedStandardError()) {
      assertThat(check(TWO_CDNS, "", missing)).isEqualTo(1);
      assertThat(errors.lines()).singleElement().asString().contains(missing).contains("no such");
    }
  }

  private int check(Map<String, String> variables, String input, String... arguments)
      throws ConfigurationException {
    CheckCommand command = new CheckCommand();
    new CommandLine(command).parseArgs(arguments);
    return command.call(
        variables,
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
        new PrintStream(out, true, StandardCharsets.UTF_8));
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
