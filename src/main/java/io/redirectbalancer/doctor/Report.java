package io.redirectbalancer.doctor;

import io.redirectbalancer.doctor.Finding.Level;
import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.url.Quote;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a check of everything has found.
 *
 * @param command the command whose settings were checked
 */
public record Report(String command, List<Finding> findings) {
  private static final int LEVEL_WIDTH = 5;
  private static final int ABOUT_WIDTH = 14;

  public Report {
    findings = List.copyOf(findings);
  }

  /** Whether nothing is broken; warnings do not count. */
  public boolean isSound() {
    return count(Level.FAIL) == 0;
  }

  /** Returns a line for each finding, and one that sums them up. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Finding finding : findings) {
      text.append(padded(finding.level().toString(), LEVEL_WIDTH))
          .append(padded(finding.about(), ABOUT_WIDTH))
          .append(Quote.printable(finding.text()));
      if (!finding.advice().isEmpty()) {
        text.append("; ").append(finding.advice());
      }
      text.append('\n');
    }
    return text.append(summary()).append('\n').toString();
  }

  /** Returns the same as a JSON object. */
  public String json() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("command", command);
    members.put("sound", isSound());
    members.put("findings", findings.stream().map(Report::members).toList());
    return JsonObject.format(members);
  }

  private static Map<String, Object> members(Finding finding) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("level", finding.level().name());
    members.put("about", finding.about());
    members.put("text", finding.text());
    members.put("advice", finding.advice());
    return members;
  }

  private String summary() {
    return command
        + ": "
        + count(Level.OK)
        + " ok, "
        + count(Level.WARN)
        + " to look at, "
        + count(Level.FAIL)
        + " broken"
        + (count(Level.SKIP) == 0 ? "" : ", " + count(Level.SKIP) + " not checked");
  }

  private long count(Level level) {
    return findings.stream().filter(finding -> finding.level() == level).count();
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(1, width - text.length()));
  }
}
