package io.redirectbalancer.check;

import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Decides every URL of a log as a balancer with this table would just after its start, with all
 * CDNs up. Not thread-safe.
 */
public final class UrlCheck {
  private final RoutingTable table;
  private final LogField field;
  private final int maxSamples;
  private final Tally unreadable;
  private final Map<Rule, Tally> rejected = new EnumMap<>(Rule.class);
  private final Map<String, Long> accepted = new LinkedHashMap<>();
  private long urls;

  /**
   * Creates a check of one log.
   *
   * @param maxSamples how many lines to keep for each kind of finding
   */
  public UrlCheck(RoutingTable table, LogField field, int maxSamples) {
    this.table = table;
    this.field = field;
    this.maxSamples = maxSamples;
    this.unreadable = new Tally(maxSamples);
    table.targets().forEach(target -> accepted.put(target, 0L));
  }

  /**
   * Reads the log to its end, ignoring blank lines.
   *
   * @param other if given, also asked for every URL
   */
  public CheckReport run(InputStream log, Optional<OtherServer> other) throws IOException {
    Redirector redirector = new Redirector(table);
    LogLines lines = new LogLines(log);
    Optional<Comparison> comparison =
        other.map(server -> new Comparison(table, server, maxSamples));
    while (true) {
      String url;
      try {
        Optional<String> line = lines.next();
        if (line.isEmpty()) {
          break;
        }
        if (line.get().isBlank()) {
          continue;
        }
        url = field.urlIn(line.get());
      } catch (IllegalArgumentException e) {
        unreadable.add(lines.number(), String.valueOf(e.getMessage()));
        continue;
      }
      urls++;
      decide(redirector, lines.number(), url);
      comparison.ifPresent(with -> with.compare(lines.number(), url));
    }
    return new CheckReport(
        table, urls, accepted, rejected, unreadable, comparison.map(Comparison::finish));
  }

  private void decide(Redirector redirector, long line, String url) {
    try {
      Decision decision = redirector.redirect(url);
      accepted.merge(decision.target(), 1L, Long::sum);
    } catch (InvalidVideoUrlException e) {
      rejected
          .computeIfAbsent(e.rule(), rule -> new Tally(maxSamples))
          .add(line, String.valueOf(e.getMessage()));
    }
  }
}
