package io.redirectbalancer.control.store;

import java.util.List;

/**
 * All that a routing table is made of, at one generation.
 *
 * @param generation 0 if the database has never been seeded
 * @param cdns in the order of their ids, those that are not enabled included
 */
public record Snapshot(long generation, StoredRouting routing, List<StoredCdn> cdns) {
  public Snapshot {
    cdns = List.copyOf(cdns);
  }
}
