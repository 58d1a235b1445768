package io.redirectbalancer.routing;

import io.redirectbalancer.url.VideoUrl;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Least connections, by what the CDNs' sides report: a redirector never sees the transfers.
 *
 * <p>The schedule says whose turn it is. A CDN without a report that is still good takes its turn;
 * otherwise the call goes to the CDN of the least load for its weight among those with reports,
 * where equals leave it to the schedule's CDN. So without reports this is weighted round robin, and
 * a CDN that stops reporting gets its weight's share and no more.
 */
final class LeastConnections implements Picker {
  /** Enough for the index of any of 64 CDNs. */
  private static final int INDEX_BITS = 63;

  private final Picker schedule;
  private final @Nullable AtomicLong[] counts;
  private final double[] perWeight;

  /**
   * Picks by load.
   *
   * @param schedule of those CDNs that are eligible
   * @param eligible a bit for each of them
   * @param loads those that have not expired: a call does not look at the clock, which would cost
   *     it more than all else here
   */
  LeastConnections(Picker schedule, List<WeightedCdn> cdns, long eligible, Map<Cdn, Load> loads) {
    this.schedule = schedule;
    this.counts = new AtomicLong[cdns.size()];
    this.perWeight = new double[cdns.size()];
    for (int i = 0; i < cdns.size(); i++) {
      if ((eligible >>> i & 1) != 0) {
        Load load = loads.get(cdns.get(i).cdn());
        this.counts[i] = load == null ? null : load.count();
        this.perWeight[i] = 1.0 / cdns.get(i).weight();
      }
    }
  }

  @Override
  public int pick(long call, VideoUrl url) {
    int turn = schedule.pick(call, url);
    return counts[turn] == null ? turn : leastLoaded(turn);
  }

  @Override
  public void picked(int cdn) {
    AtomicLong count = counts[cdn];
    if (count != null) {
      count.getAndIncrement();
    }
  }

  /**
   * The least score is found by a minimum, not by branches, since no processor could foresee them.
   * A score is not negative, so its bits as a number are in the same order; in the lowest ones is
   * how far after the turn's CDN this one is listed.
   */
  private int leastLoaded(int turn) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < counts.length; i++) {
      AtomicLong count = counts[i];
      if (count != null) {
        long score = Double.doubleToRawLongBits(count.getOpaque() * perWeight[i]);
        least = Math.min(least, (score & ~INDEX_BITS) | ((i - turn) & INDEX_BITS));
      }
    }
    return (int) (least + turn) & INDEX_BITS;
  }
}
