package io.redirectbalancer.admin;

import io.redirectbalancer.routing.Explanation;
import io.redirectbalancer.routing.Explanation.CdnState;
import io.redirectbalancer.routing.Explanation.Step;
import io.redirectbalancer.routing.OriginProtection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Formats an explanation as the members of a JSON object, for programs, and as tables, for people.
 */
final class ExplanationFormats {
  private ExplanationFormats() {}

  static Map<String, Object> members(Explanation explanation) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("generation", explanation.generation());
    members.put("policy", explanation.policy());
    members.put("origin_every", explanation.originEvery());
    explanation
        .protection()
        .maxPerSecond()
        .ifPresent(max -> members.put("origin_max_per_second", max));
    members.put("panic_percent", explanation.protection().panicPercent());
    members.put("cdns", explanation.cdns().stream().map(ExplanationFormats::members).toList());
    members.put("calls", explanation.steps().stream().map(ExplanationFormats::members).toList());
    return members;
  }

  private static Map<String, Object> members(CdnState state) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("name", state.cdn().name());
    members.put("address", state.cdn().address());
    members.put("weight", state.weight());
    members.put("up", state.up());
    state.load().ifPresent(load -> members.put("connections", load));
    return members;
  }

  private static Map<String, Object> members(Step step) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("turn", step.turn());
    members.put("target", step.decision().target());
    members.put("reason", reason(step));
    step.insteadOf().ifPresent(name -> members.put("instead_of", name));
    members.put("redirect", step.decision().url());
    return members;
  }

  static String table(Explanation explanation) {
    List<List<String>> cdns = new ArrayList<>();
    cdns.add(List.of("CDN", "WEIGHT", "HEALTH", "CONNECTIONS", "ADDRESS"));
    for (CdnState state : explanation.cdns()) {
      String load = state.load().isPresent() ? Long.toString(state.load().getAsLong()) : "-";
      cdns.add(
          List.of(
              state.cdn().name(),
              Integer.toString(state.weight()),
              state.up() ? "up" : "down",
              load,
              state.cdn().address()));
    }
    List<List<String>> calls = new ArrayList<>();
    calls.add(List.of("TURN", "TARGET", "REASON", "REDIRECT"));
    for (Step step : explanation.steps()) {
      String reason = reason(step) + step.insteadOf().map(name -> " of " + name).orElse("");
      calls.add(
          List.of(
              Long.toString(step.turn()), step.decision().target(), reason, step.decision().url()));
    }
    return String.format(
        Locale.ROOT,
        "generation %d, policy %s, origin every %d%s\n\n%s\n%s",
        explanation.generation(),
        explanation.policy(),
        explanation.originEvery(),
        protection(explanation.protection()),
        columns(cdns),
        columns(calls));
  }

  private static String protection(OriginProtection protection) {
    StringBuilder text = new StringBuilder();
    protection.maxPerSecond().ifPresent(max -> text.append(", origin max per second ").append(max));
    if (protection.panicPercent() > 0) {
      text.append(", panic percent ").append(protection.panicPercent());
    }
    return text.toString();
  }

  private static String reason(Step step) {
    return step.reason().name().toLowerCase(Locale.ROOT);
  }

  /** Formats rows of equally many cells, each as wide as the widest in its column. */
  private static String columns(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        int column = i;
        int width = rows.stream().mapToInt(other -> other.get(column).length()).max().orElse(0);
        line.append(row.get(i)).append(" ".repeat(width - row.get(i).length() + 2));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
