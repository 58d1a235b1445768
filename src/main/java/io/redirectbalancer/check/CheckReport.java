package io.redirectbalancer.check;

import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.url.Rule;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A check's findings, as text for people and as JSON for programs. Immutable. */
public final class CheckReport {
  private final long urls;
  private final Map<String, Double> wanted;
  private final Map<String, Long> accepted;
  private final Map<Rule, Tally.Finding> rejected = new EnumMap<>(Rule.class);
  private final Tally.Finding unreadable;
  private final Optional<Comparison.Result> comparison;

  CheckReport(
      RoutingTable table,
      long urls,
      Map<String, Long> accepted,
      Map<Rule, Tally> rejected,
      Tally unreadable,
      Optional<Comparison.Result> comparison) {
    this.urls = urls;
    this.wanted = table.shares();
    this.accepted = accepted;
    rejected.forEach((rule, tally) -> this.rejected.put(rule, tally.finding()));
    this.unreadable = unreadable.finding();
    this.comparison = comparison;
  }

  /** Whether every line has an accepted URL and the other server's answers do not differ. */
  public boolean isClean() {
    return rejected.isEmpty()
        && unreadable.count() == 0
        && comparison.map(Comparison.Result::differing).orElse(0L) == 0;
  }

  /** Returns a few short tables. */
  public String text() {
    long rejections = rejected.values().stream().mapToLong(Tally.Finding::count).sum();
    StringBuilder text = new StringBuilder();
    line(text, "%d URLs: %d accepted, %d rejected", urls, urls - rejections, rejections);
    text.append('\n');
    targets(text, "TARGET", accepted);
    if (!rejected.isEmpty()) {
      text.append("\nRejected, by rule:\n");
      rejected.forEach((rule, finding) -> finding(text, rule.reason(), finding));
    }
    if (unreadable.count() > 0) {
      text.append("\nLines without a URL:\n");
      finding(text, "unreadable", unreadable);
    }
    comparison.ifPresent(result -> comparison(text, result));
    return text.toString();
  }

  /** Returns a JSON object. */
  public String json() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("urls", urls);
    members.put("accepted", accepted);
    members.put("shares", wanted);
    members.put("rejected", findings(rejected));
    members.put("unreadable", members(unreadable));
    comparison.ifPresent(
        result -> {
          Map<String, Object> other = new LinkedHashMap<>();
          other.put("equal", result.equal());
          other.put("rejected_by_both", result.bothRejected());
          other.put("differences", findings(result.differences()));
          members.put("against", other);
        });
    return JsonObject.format(members);
  }

  private void targets(StringBuilder text, String title, Map<String, Long> counts) {
    long sum = counts.values().stream().mapToLong(Long::longValue).sum();
    int width = counts.keySet().stream().mapToInt(String::length).max().orElse(0);
    width = Math.max(width, title.length());
    String row = "%-" + width + "s  %10s  %7s  %10s";
    line(text, row, title, "URLS", "SHARE", "CONFIGURED");
    for (Map.Entry<String, Long> target : counts.entrySet()) {
      double share = sum == 0 ? 0 : 100.0 * target.getValue() / sum;
      double configured = 100 * wanted.getOrDefault(target.getKey(), 0.0);
      line(text, row, target.getKey(), target.getValue(), percent(share), percent(configured));
    }
  }

  private void comparison(StringBuilder text, Comparison.Result result) {
    long same = result.equal().values().stream().mapToLong(Long::longValue).sum();
    text.append('\n');
    line(
        text,
        "Compared with the other server: %d equal, %d rejected by both, %d different",
        same,
        result.bothRejected(),
        result.differing());
    text.append('\n');
    targets(text, "THERE", result.equal());
    if (result.differing() > 0) {
      text.append("\nDifferences:\n");
      result
          .differences()
          .forEach(
              (difference, finding) -> {
                if (finding.count() > 0) {
                  finding(text, name(difference), finding);
                }
              });
    }
  }

  private static void finding(StringBuilder text, String name, Tally.Finding finding) {
    line(text, "  %s: %d", name, finding.count());
    finding
        .samples()
        .forEach(sample -> line(text, "    line %d: %s", sample.line(), sample.text()));
  }

  private static Map<String, Object> findings(Map<?, Tally.Finding> findings) {
    Map<String, Object> members = new LinkedHashMap<>();
    findings.forEach((kind, finding) -> members.put(name(kind), members(finding)));
    return members;
  }

  private static Map<String, Object> members(Tally.Finding finding) {
    List<Map<String, Object>> samples = new ArrayList<>();
    for (Tally.Sample sample : finding.samples()) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("line", sample.line());
      members.put("text", sample.text());
      samples.add(members);
    }
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("count", finding.count());
    members.put("samples", samples);
    return members;
  }

  private static String name(Object kind) {
    return kind.toString().toLowerCase(Locale.ROOT);
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.1f %%", value);
  }

  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments).stripTrailing()).append('\n');
  }
}
