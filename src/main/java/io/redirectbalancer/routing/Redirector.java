package io.redirectbalancer.routing;

import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.VideoUrl;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Decides calls: validates the URL, takes the next turn, asks the table. Thread-safe.
 *
 * <p>A turn is taken by one atomic step, so that of any N × {@code originEvery} valid calls exactly
 * N go to the origin, whichever threads they come from. A rejected call takes none. The turns go on
 * when the table is swapped.
 *
 * <p>The table and what is known of its CDNs change by one write of one reference: a call is
 * decided by what it reads there first.
 */
public final class Redirector implements CdnHealth {
  /** The most calls that {@link #explain} takes at once. */
  public static final int MAX_EXPLAINED = 1_000;

  private final AtomicLong turns = new AtomicLong();
  private final OriginShield shield;
  private volatile RoutingState state;

  public Redirector(RoutingTable table) {
    this(table, System::nanoTime);
  }

  /** With a clock that may start anywhere, like {@link System#nanoTime}. */
  public Redirector(RoutingTable table, LongSupplier nanoTime) {
    this.shield = new OriginShield(nanoTime);
    this.state = RoutingState.of(table, nanoTime, shield);
  }

  /**
   * Decides one call.
   *
   * @throws InvalidVideoUrlException if the URL breaks a rule
   */
  public Decision redirect(String video) throws InvalidVideoUrlException {
    RoutingState now = state;
    VideoUrl url = VideoUrl.parse(video, now.table().originDomains());
    return now.decide(turns.incrementAndGet(), url);
  }

  /** The table by which calls are decided now. */
  public RoutingTable table() {
    return state.table();
  }

  /**
   * Has calls decided by another table from now on.
   *
   * @throws IllegalArgumentException if its generation is not a later one
   */
  public synchronized void swap(RoutingTable next) {
    long generation = table().generation();
    if (next.generation() <= generation) {
      throw new IllegalArgumentException(
          "generation: " + next.generation() + " (expected: > " + generation + ")");
    }
    state = state.withTable(next);
  }

  @Override
  public List<Cdn> cdns() {
    return table().cdns().stream().map(WeightedCdn::cdn).toList();
  }

  @Override
  public boolean isUp(Cdn cdn) {
    return state.isUp(cdn);
  }

  @Override
  public synchronized boolean setUp(Cdn cdn, boolean up) {
    if (!cdns().contains(cdn) || state.isUp(cdn) == up) {
      return false;
    }
    state = state.withCdn(cdn, up);
    return true;
  }

  /**
   * Takes note of how many connections CDNs have, for {@link Policy#LEAST_CONNECTIONS}. It counts
   * until {@link #expireLoads} finds that its time to live is over.
   *
   * @return the names that the table does not have; what is said of these is left out
   */
  public synchronized Set<String> report(LoadReport report) {
    state = state.withReport(report);
    Set<String> unknown = new TreeSet<>(report.connections().keySet());
    table().cdns().forEach(cdn -> unknown.remove(cdn.cdn().name()));
    return unknown;
  }

  /** Drops the reports whose time to live is over. */
  public synchronized void expireLoads() {
    state = state.withoutExpired();
  }

  /** How many calls the protection of the origin has sent to a CDN for that reason. */
  public long protectedCalls(OriginProtection.Reason reason) {
    return shield.count(reason);
  }

  /**
   * What the next calls for a video would get if they came at once, and why. Nothing is counted, no
   * turn is taken.
   *
   * @param calls 1 to 1000
   * @throws InvalidVideoUrlException if the URL breaks a rule
   */
  public Explanation explain(String video, int calls) throws InvalidVideoUrlException {
    if (calls < 1 || calls > MAX_EXPLAINED) {
      throw new IllegalArgumentException(
          "calls: " + calls + " (expected: 1 to " + MAX_EXPLAINED + ")");
    }
    RoutingState now = state;
    VideoUrl url = VideoUrl.parse(video, now.table().originDomains());
    return Explanation.of(now, turns.get() + 1, url, calls);
  }
}
