package io.redirectbalancer.routing;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Decides calls: validates the URL, takes the next turn, asks the table. Thread-safe.
 *
 * <p>A turn is taken by one atomic step, so that of any N × {@code originEvery} valid calls exactly
 * N go to the origin, whichever threads they come from. A refused call takes none.
 */
public final class Redirector {
  private final RoutingTable table;
  private final AtomicLong turns = new AtomicLong();

  public Redirector(RoutingTable table) {
    this.table = table;
  }

  /**
   * Decides one call.
   *
   * @throws InvalidVideoUrlException if the URL breaks a rule
   */
  public Decision redirect(String video) throws InvalidVideoUrlException {
    VideoUrl url = VideoUrl.parse(video, table.originDomains());
    return table.decide(turns.incrementAndGet(), url);
  }
}
