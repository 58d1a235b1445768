package io.redirectbalancer.control;

import io.grpc.StatusRuntimeException;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.control.store.Snapshot;
import io.redirectbalancer.control.store.StoredCdn;
import io.redirectbalancer.control.store.StoredRouting;
import io.redirectbalancer.control.store.Tables;
import io.redirectbalancer.proto.control.Effect;
import io.redirectbalancer.proto.control.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All rows of the routing within a transaction that has locked them, to become the next generation.
 */
final class Rows {
  private final Snapshot before;

  private Rows(Snapshot before) {
    this.before = before;
  }

  /** Locks the rows until the transaction ends, and reads them. */
  static Rows lock(Tables tables) {
    tables.lockGeneration();
    return new Rows(tables.snapshot());
  }

  Snapshot before() {
    return before;
  }

  StoredCdn cdn(long id) {
    return before.cdns().stream()
        .filter(row -> row.id() == id)
        .findFirst()
        .orElseThrow(() -> Failures.notFound("cdn", id));
  }

  /** Returns the next generation, with this CDN in its old row's place, or added. */
  Snapshot with(StoredCdn cdn) {
    List<StoredCdn> cdns = new ArrayList<>(before.cdns());
    cdns.removeIf(row -> row.id() == cdn.id());
    cdns.add(cdn);
    cdns.sort((a, b) -> Long.compare(a.id(), b.id()));
    return after(before.routing(), cdns);
  }

  /** Returns the next generation, without this CDN. */
  Snapshot without(StoredCdn cdn) {
    return after(
        before.routing(), before.cdns().stream().filter(row -> row.id() != cdn.id()).toList());
  }

  /** Returns the next generation, with these settings. */
  Snapshot with(StoredRouting routing) {
    return after(routing, before.cdns());
  }

  /** Returns the next generation. */
  Snapshot after(StoredRouting routing, List<StoredCdn> cdns) {
    return new Snapshot(before.generation() + 1, routing, cdns);
  }

  /**
   * Returns what the change does to the calls.
   *
   * @throws StatusRuntimeException FAILED_PRECONDITION if the rows would not be a valid table
   */
  Effect effect(Snapshot after, boolean dryRun) {
    List<Share> shares;
    try {
      shares = sharesOf(after);
    } catch (ConfigurationException e) {
      throw Failures.failedPrecondition("this would make the routing invalid: " + e.toLine());
    }
    return Effect.newBuilder()
        .setGeneration(dryRun ? before.generation() : after.generation())
        .addAllBefore(shares(before).orElse(List.of()))
        .addAllAfter(shares)
        .build();
  }

  /** Returns each target's part of the calls; empty if the rows are not a valid table. */
  static Optional<List<Share>> shares(Snapshot snapshot) {
    try {
      return Optional.of(sharesOf(snapshot));
    } catch (ConfigurationException e) {
      return Optional.empty();
    }
  }

  private static List<Share> sharesOf(Snapshot snapshot) throws ConfigurationException {
    return Messages.shares(StoredTable.config(snapshot).table(1).shares());
  }
}
