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
 * <p>One atomic operation takes a turn, so that of any N × {@code originEvery} valid calls exactly
 * N go to the origin, whichever threads they come from. A rejected call takes none. The sequence
 * continues when the table is replaced.
 *
 * <p>One write of one reference replaces the table and the state of its CDNs; a call uses the
 * reference that it reads first.
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

  /** Uses a clock of arbitrary origin, like {@link System#nanoTime}. */
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

  /**
   * Decides one call, as {@link #redirect} does, and says why. That costs more.
   *
   * @throws InvalidVideoUrlException if the URL breaks a rule
   */
  public ReasonedDecision redirectWithReason(String video) throws InvalidVideoUrlException {
    RoutingState now = state;
    VideoUrl url = VideoUrl.parse(video, now.table().originDomains());
    long turn = turns.incrementAndGet();
    return new ReasonedDecision(now.table(), Explanation.step(now, now.allUp(), turn, url));
  }

  /** Returns the table in force. */
  public RoutingTable table() {
    return state.table();
  }

  /**
   * Replaces the table for all calls that start from now on. Its generation may be any: that of a
   * database which was restored from a backup is a lower one.
   */
  public synchronized void swap(RoutingTable next) {
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
   * Records the connections that CDNs report, for {@link Policy#LEAST_CONNECTIONS}. A report is
   * used until {@link #expireLoads} finds that its time to live is over.
   *
   * @return the reported names that the table does not have; they are ignored
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

  /** Returns how many calls the protection of the origin has sent to a CDN for that reason. */
  public long protectedCalls(OriginProtection.Reason reason) {
    return shield.count(reason);
  }

  /**
   * Returns what the next calls for a video would get if they came now, and why. Counts nothing and
   * takes no turn.
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
