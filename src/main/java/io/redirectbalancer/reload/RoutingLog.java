package io.redirectbalancer.reload;

import io.redirectbalancer.routing.OriginProtection;
import io.redirectbalancer.routing.RoutingTable;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.spi.LoggingEventBuilder;

/** Log texts for a table that is put in force, at the start and at each reload. */
public final class RoutingLog {
  /** Applies to every command that answers with origin URLs. */
  public static final String ANY_ORIGIN =
      "ORIGIN_DOMAINS=* redirects viewers to any host that a caller names;"
          + " a list of your origins' domains is safer";

  private static final String UNPROTECTED =
      "CDNs are probed without ORIGIN_MAX_PER_SECOND or PANIC_PERCENT:"
          + " while no CDN is up, every call goes to the origin";
  private static final String LIMIT_IGNORED =
      "ORIGIN_MAX_PER_SECOND is ignored: with PANIC_PERCENT above 0,"
          + " CDNs take turns even if none is up";

  private RoutingLog() {}

  /** Adds the table's settings to a log line. */
  public static LoggingEventBuilder describe(LoggingEventBuilder line, RoutingTable table) {
    OriginProtection protection = table.protection();
    LoggingEventBuilder described =
        line.addKeyValue("cdn_host", table.describeCdns())
            .addKeyValue("cdn_policy", table.policy())
            .addKeyValue("origin_every", table.originEvery())
            .addKeyValue("origin_domains", table.originDomains())
            .addKeyValue("panic_percent", protection.panicPercent());
    return protection.maxPerSecond().isPresent()
        ? described.addKeyValue("origin_max_per_second", protection.maxPerSecond().getAsInt())
        : described;
  }

  /**
   * Returns what an operator should know about the table.
   *
   * @param probed whether CDNs are marked down when their probes fail
   */
  public static List<String> warnings(RoutingTable table, boolean probed) {
    List<String> warnings = new ArrayList<>();
    if (table.originDomains().admitsAny()) {
      warnings.add(ANY_ORIGIN);
    }
    if (probed && table.protection().isOff()) {
      warnings.add(UNPROTECTED);
    }
    if (table.protection().maxPerSecond().isPresent() && table.protection().panicPercent() > 0) {
      warnings.add(LIMIT_IGNORED);
    }
    return warnings;
  }
}
