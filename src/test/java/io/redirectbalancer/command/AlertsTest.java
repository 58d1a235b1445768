package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/** What belongs to each alert, beside its rule. */
class AlertsTest {
  private static final Path RULES = Path.of("deploy/prometheus/alerts.yml");
  private static final Path RUNBOOK = Path.of("docs/runbook.md");
  private static final Path OPERATIONS = Path.of("docs/operations.md");
  private static final Pattern HEADING = Pattern.compile("(?m)^## (.+)$");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Z]\\w+[a-z])` \\|");

  static List<Map<String, Object>> alerts() {
    return groups(load(RULES))
        .flatMap(group -> list(group, "rules").stream())
        .map(AlertsTest::mapping)
        .filter(rule -> rule.containsKey("alert"))
        .toList();
  }

  private static List<String> names() {
    return alerts().stream().map(alert -> String.valueOf(alert.get("alert"))).toList();
  }

  @Test
  void theRunbookHasAHeadingForEachAlertAndNoOther() throws IOException {
    assertThat(matches(HEADING, RUNBOOK)).containsExactlyElementsOf(names());
  }

  @Test
  void operationsListsEachAlertAndNoOther() throws IOException {
    assertThat(matches(ROW, OPERATIONS)).containsExactlyInAnyOrderElementsOf(names());
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void anAlertSaysHowBadItIsAndLeadsToItsHeading(Map<String, Object> alert) {
    String anchor = String.valueOf(alert.get("alert")).toLowerCase(Locale.ROOT);

    assertThat(mapping(alert.get("labels")).get("severity")).isIn("critical", "warning");
    assertThat(mapping(alert.get("annotations")))
        .containsEntry("runbook_url", RUNBOOK + "#" + anchor)
        .containsKeys("summary", "description");
  }

  @Test
  void eachAlertIsTestedWhileItFiresAndWhileItDoesNot() {
    Set<Object> firing = new HashSet<>();
    Set<Object> silent = new HashSet<>();
    for (Object test : list(load(Path.of("deploy/prometheus/alerts.test.yml")), "tests")) {
      for (Object check : list(mapping(test), "alert_rule_test")) {
        Map<String, Object> expected = mapping(check);
        Set<Object> tested = expected.containsKey("exp_alerts") ? firing : silent;
        tested.add(Objects.requireNonNull(expected.get("alertname")));
      }
    }

    assertThat(firing).containsExactlyInAnyOrderElementsOf(new TreeSet<Object>(names()));
    assertThat(silent).containsExactlyInAnyOrderElementsOf(new TreeSet<Object>(names()));
  }

  @Test
  void kubernetesGetsTheSameRules() {
    Map<String, Object> rule =
        load(Path.of("deploy/kubernetes/overlays/production/prometheus-rule.yaml"));

    assertThat(mapping(rule.get("spec"))).isEqualTo(load(RULES));
  }

  /** The alerts look at jobs of the name, and at these labels. */
  @Test
  void kubernetesHasTheLabelsThatTheAlertsNeed() {
    Map<String, Object> monitor =
        mapping(
            load(Path.of("deploy/kubernetes/overlays/production/pod-monitor.yaml")).get("spec"));
    Map<String, Object> endpoint = mapping(list(monitor, "podMetricsEndpoints").get(0));

    assertThat(monitor).containsEntry("jobLabel", "app.kubernetes.io/name");
    assertThat(list(endpoint, "relabelings"))
        .extracting(relabeling -> mapping(relabeling).get("targetLabel"))
        .contains("instance", "service");
  }

  @Test
  void operationsListsEachDashboard() throws IOException {
    String operations = Files.readString(OPERATIONS);
    try (Stream<Path> dashboards = Files.list(Path.of("deploy/grafana/dashboards"))) {
      assertThat(dashboards)
          .isNotEmpty()
          .allSatisfy(file -> assertThat(operations).contains("`" + file.getFileName() + "`"));
    }
  }

  private static List<String> matches(Pattern pattern, Path document) throws IOException {
    return pattern
        .matcher(Files.readString(document))
        .results()
        .map((MatchResult match) -> match.group(1))
        .toList();
  }

  private static Stream<Map<String, Object>> groups(Map<String, Object> rules) {
    return list(rules, "groups").stream().map(AlertsTest::mapping);
  }

  private static Map<String, Object> load(Path file) {
    try (Reader text = Files.newBufferedReader(file)) {
      return mapping(new Yaml().load(text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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
