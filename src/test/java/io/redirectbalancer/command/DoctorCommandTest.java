package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** A setting that is well, and then one thing after the other broken in it. */
class DoctorCommandTest {
  private static Path folder;
  private static HttpServer cdn;
  private static Map<String, String> well;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeAll
  static void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    cdn = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cdn.createContext(
        "/",
        exchange -> {
          int status = exchange.getRequestURI().getPath().equals("/") ? 200 : 404;
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    cdn.start();
    TestCertificate certificate = TestCertificate.create(folder.resolve("tls"));
    TestCertificate.create(folder.resolve("old"), "dns:localhost", "-startdate", "-400d");
    TestCertificate.create(folder.resolve("soon"), "dns:localhost", "-validity", "3");
    well =
        Map.of(
            "CDN_HOST", "127.0.0.1:" + cdn.getAddress().getPort(),
            "ORIGIN_DOMAINS", "origin-cluster",
            "PORT", "0",
            "ADMIN_PORT", "0",
            "TLS_PORT", "0",
            "TLS_CERT", certificate.certificateFile().toString(),
            "TLS_KEY", certificate.keyFile().toString());
  }

  @AfterAll
  static void stop() {
    cdn.stop(0);
  }

  @Test
  void nothingIsBrokenWhereAllIsWell() {
    assertThat(doctor(Map.of())).isZero();
    assertThat(output().lines().map(line -> line.substring(0, 19).strip()).distinct())
        .contains(
            "ok   configuration",
            "ok   descriptors",
            "ok   memory",
            "ok   port",
            "ok   certificate",
            "ok   cdn",
            "ok   clock");
    assertThat(output()).doesNotContain("FAIL").contains(", 0 broken");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CDN_HOST | a=x | FAIL configuration CDN_HOST entry 1: weight",
        "CDN_HOST | 127.0.0.1:1 | FAIL cdn           127.0.0.1:1: connection refused; ",
        "CDN_HOST | no.such.host.invalid | FAIL name          no.such.host.invalid: no such host; ",
        "PROBE_PATH | /healthz | FAIL cdn           127.0.0.1:{cdn}: status 404; set a PROBE_PATH",
        "PORT | {cdn} | FAIL port          PORT {cdn} is in use by process ",
        "ADMIN_PORT | {cdn} | FAIL port          ADMIN_PORT 127.0.0.1:{cdn} is in use by process ",
        "ADMIN_HOST | 192.0.2.1 | FAIL port          ADMIN_PORT 192.0.2.1:47999: not an address of ",
        "TLS_CERT | /none.pem | FAIL configuration TLS_CERT: \"/none.pem\": no such file ",
        "TLS_KEY | {folder}/old/key.pem | FAIL configuration TLS_CERT, TLS_KEY: the key is not ",
        "MAX_CONNECTIONS | 999999 | FAIL descriptors   ulimit -n is ",
        "JAVA_TOOL_OPTIONS | -Xmx9000g | FAIL memory        ",
        "DATABASE_URL | jdbc:mariadb://127.0.0.1:1/x | FAIL database      jdbc:mariadb://127.0.0.1:1/x: ",
        "STATE_DIR | {folder}/tls/cert.pem/x | FAIL state         STATE_DIR {folder}/tls/cert.pem/x: ",
        "ORIGIN_DOMAIN | a | warn configuration \"ORIGIN_DOMAIN\" is set, but no command reads it",
        "ORIGIN_DOMAINS | * | warn configuration ORIGIN_DOMAINS=* redirects viewers",
      })
  void eachCheckHasItsLine(String variable, String value, String line) throws IOException {
    Map<String, String> broken = new HashMap<>(Map.of(variable, filled(value)));
    if (variable.equals("STATE_DIR")) {
      broken.put("DATABASE_URL", "jdbc:h2:mem:doctor");
    }
    if (variable.equals("ADMIN_HOST")) {
      broken.put("ADMIN_PORT", "47999");
    }

    int code = doctor(broken);

    assertThat(output().lines()).anyMatch(one -> one.startsWith(filled(line)));
    assertThat(code).isEqualTo(line.startsWith("FAIL") ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "old, FAIL certificate   TLS_CERT expired at ",
    "soon, warn certificate   TLS_CERT expires in 2"
  })
  void certificatesAreLookedAt(String name, String line) {
    doctor(
        Map.of(
            "TLS_CERT", folder.resolve(name).resolve("cert.pem").toString(),
            "TLS_KEY", folder.resolve(name).resolve("key.pem").toString()));

    assertThat(output()).contains(line);
  }

  @Test
  void createsNoDirectory() {
    Path state = folder.resolve("state");

    doctor(Map.of("DATABASE_URL", "jdbc:h2:mem:doctor", "STATE_DIR", state.toString()));

    assertThat(output()).contains("ok   state         STATE_DIR " + state + " can be written to\n");
    assertThat(Files.exists(state)).isFalse();
  }

  @Test
  void checksAnEdgeAsWell() {
    int code =
        doctor(
            Map.of(
                "STATIC_HOSTS",
                "fleet=127.0.0.1:1|127.0.0.1:2",
                "BALANCER_TARGET",
                "static:///fleet"),
            "edge");

    assertThat(code).isEqualTo(1);
    assertThat(output())
        .contains("FAIL balancer      127.0.0.1:1: connection refused; start it")
        .contains("FAIL balancer      127.0.0.1:2: connection refused; start it")
        .doesNotContain(" cdn ")
        .contains("\nedge: ");
  }

  @Test
  void isJson() {
    doctor(Map.of("PORT", "x"), "--json");

    assertThat(JsonObject.parse(output()))
        .containsEntry("command", "serve")
        .containsEntry("sound", false)
        .containsKey("findings");
  }

  private int doctor(Map<String, String> variables, String... arguments) {
    Map<String, String> all = new HashMap<>(well);
    all.putAll(variables);
    DoctorCommand command = new DoctorCommand();
    new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
    out.reset();
    return command.call(all, new PrintStream(out, true, StandardCharsets.UTF_8));
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private static String filled(String text) {
    return text.replace("{cdn}", String.valueOf(cdn.getAddress().getPort()))
        .replace("{folder}", folder.toString());
  }
}
