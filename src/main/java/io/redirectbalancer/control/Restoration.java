package io.redirectbalancer.control;

import io.redirectbalancer.control.store.Snapshot;
import io.redirectbalancer.control.store.StoredCdn;
import io.redirectbalancer.control.store.StoredRouting;
import io.redirectbalancer.control.store.Tables;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Changes the rows to those of an earlier generation, within a transaction. */
record Restoration(Tables tables, String user, Instant now) {

  /** Returns the next generation. */
  Snapshot restore(Rows rows, Snapshot wanted) {
    Map<Long, StoredCdn> current =
        rows.before().cdns().stream().collect(Collectors.toMap(StoredCdn::id, Function.identity()));
    Map<Long, StoredCdn> old =
        wanted.cdns().stream().collect(Collectors.toMap(StoredCdn::id, Function.identity()));
    // Names first become free: two CDNs may have swapped theirs.
    for (StoredCdn row : rows.before().cdns()) {
      StoredCdn earlier = old.get(row.id());
      if (earlier == null || !earlier.name().equalsIgnoreCase(row.name())) {
        tables.delete(row);
        current.remove(row.id());
      }
    }
    List<StoredCdn> restored = new ArrayList<>();
    for (StoredCdn earlier : wanted.cdns()) {
      StoredCdn row = current.get(earlier.id());
      restored.add(
          row == null
              ? tables.reinsert(as(earlier, latest(rows, earlier)), now)
              : isSame(row, earlier) ? row : tables.update(as(earlier, row.version()), now));
    }
    return rows.after(settings(rows.before().routing(), wanted.routing()), restored);
  }

  private StoredRouting settings(StoredRouting current, StoredRouting earlier) {
    StoredRouting wanted =
        new StoredRouting(
            earlier.policy(),
            earlier.originEvery(),
            earlier.originDomains(),
            earlier.originMaxPerSecond(),
            earlier.panicPercent(),
            current.version());
    return wanted.equals(current) ? current : tables.update(wanted);
  }

  /** The version of the row that has just been deleted to free its name, or the earlier one. */
  private static long latest(Rows rows, StoredCdn earlier) {
    return rows.before().cdns().stream()
        .filter(row -> row.id() == earlier.id())
        .mapToLong(StoredCdn::version)
        .findFirst()
        .orElse(earlier.version());
  }

  private StoredCdn as(StoredCdn earlier, long version) {
    return new StoredCdn(
        earlier.id(),
        earlier.name(),
        earlier.url(),
        earlier.weight(),
        earlier.enabled(),
        version,
        earlier.created(),
        earlier.updated(),
        earlier.createdBy(),
        user);
  }

  private static boolean isSame(StoredCdn a, StoredCdn b) {
    return a.name().equals(b.name())
        && a.url().equals(b.url())
        && a.weight() == b.weight()
        && a.enabled() == b.enabled();
  }
}
