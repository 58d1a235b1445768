package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.reload.RoutesFile;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/** What the compose file gives each of its services. */
class ComposeTest {
  /** What has to do with the container itself, and with the ports that it publishes. */
  private static final Set<Variable> FIXED =
      EnumSet.of(Variable.PORT, Variable.ADMIN_HOST, Variable.ADMIN_PORT, Variable.CONTROL_PORT);

  private static final Map<String, Map<String, Object>> SERVICES = balancersAndEdges();

  static Set<String> services() {
    return SERVICES.keySet();
  }

  @Test
  void hasBalancersAndAnEdge() {
    assertThat(services())
        .containsExactlyInAnyOrder(
            "balancer", "server-1", "server-2", "server-3", "edge", "control-a", "control-b");
    assertThat(command("balancer")).isEqualTo("serve");
    assertThat(command("edge")).isEqualTo("edge");
  }

  @ParameterizedTest
  @MethodSource("services")
  void everyVariableReachesEveryServiceThatReadsIt(String service) {
    Set<Variable> read = readBy(service);
    read.removeAll(FIXED);

    assertThat(environment(service).keySet()).containsAll(names(read));
  }

  @ParameterizedTest
  @MethodSource("services")
  void noServiceIsGivenAVariableThatItDoesNotRead(String service) {
    Set<Variable> foreign = EnumSet.complementOf(EnumSet.copyOf(FIXED));
    foreign.removeAll(readBy(service));

    assertThat(environment(service).keySet()).doesNotContainAnyElementsOf(names(foreign));
  }

  /** A name alone is left out of the container's environment where it is not set. */
  @ParameterizedTest
  @MethodSource("services")
  void whatIsNotSetIsTheProgramsDefaultOrOneOfTheFile(String service) {
    environment(service)
        .forEach(
            (variable, value) -> {
              if (value != null && !variable.equals("INSTANCE_NAME")) {
                assertThat(value).asString().matches("\\$\\{" + variable + ":?-[^}]+}");
              }
            });
  }

  @ParameterizedTest
  @MethodSource("services")
  void noServiceRedirectsToAnyHost(String service) {
    assertThat(environment(service))
        .containsEntry("ORIGIN_DOMAINS", "${ORIGIN_DOMAINS-origin-cluster}");
  }

  @ParameterizedTest
  @MethodSource("services")
  void whatVariablesNameIsMountedByItsFolder(String service) {
    assertThat(list(mapping(SERVICES.get(service)), "volumes"))
        .asString()
        .contains(
            "${ROUTES_DIR:-./deploy/routes}:/etc/redirect-balancer/routes:ro",
            "${TLS_DIR:-./deploy/tls}:/etc/redirect-balancer/tls:ro");
    assertThat(Path.of("deploy/routes")).isDirectory();
    assertThat(Path.of("deploy/tls")).isDirectory();
  }

  @ParameterizedTest
  @MethodSource("services")
  void theShipperFindsTheLinesByTheirTag(String service) throws IOException {
    Map<String, Object> logging = mapping(mapping(SERVICES.get(service)).get("logging"));

    assertThat(logging).containsEntry("driver", "json-file");
    assertThat(Files.readString(Path.of("deploy/logs/rsyslog.conf")))
        .contains("$!docker!attrs!tag != \"" + mapping(logging.get("options")).get("tag") + "\"");
  }

  @Test
  void theExampleOfARoutesFileIsValid() throws ConfigurationException {
    assertThat(RoutesFile.open("deploy/routes/example.json", Map.of()).config().originDomains())
        .hasToString("origin-cluster");
  }

  @Test
  void prometheusScrapesEveryService() throws IOException {
    Map<String, Object> job =
        mapping(list(load("deploy/prometheus/prometheus.yml"), "scrape_configs").get(0));

    Map<String, Object> discovery = mapping(list(job, "dns_sd_configs").get(0));
    assertThat(list(discovery, "names")).containsExactlyInAnyOrderElementsOf(services());
    assertThat(discovery).containsEntry("port", 2112);
  }

  private static Map<String, Map<String, Object>> balancersAndEdges() {
    Map<String, Map<String, Object>> found = new TreeMap<>();
    try {
      mapping(load("docker-compose.yml").get("services"))
          .forEach(
              (name, value) -> {
                Map<String, Object> service = mapping(value);
                if ("redirect-balancer".equals(service.get("image"))) {
                  found.put(name, service);
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private static String command(String service) {
    return String.valueOf(mapping(SERVICES.get(service)).getOrDefault("command", "serve"));
  }

  private static Set<Variable> readBy(String service) {
    return Variable.readBy(Variable.Reader.valueOf(command(service).toUpperCase(Locale.ROOT)));
  }

  private static Map<String, Object> environment(String service) {
    return mapping(mapping(SERVICES.get(service)).get("environment"));
  }

  private static Set<String> names(Set<Variable> variables) {
    return variables.stream().map(Variable::name).collect(Collectors.toSet());
  }

  private static Map<String, Object> load(String file) throws IOException {
    try (Reader text = Files.newBufferedReader(Path.of(file))) {
      return mapping(new Yaml().load(text));
    }
  }

  @SuppressWarnings("unchecked") // In these files all keys are strings.
  private static Map<String, Object> mapping(@Nullable Object value) {
    return (Map<String, Object>) Objects.requireNonNull(value);
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Map<String, Object> mapping, String key) {
    return (List<Object>) Objects.requireNonNull(mapping.get(key));
  }
}
