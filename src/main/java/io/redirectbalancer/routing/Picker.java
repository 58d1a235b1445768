package io.redirectbalancer.routing;

import io.redirectbalancer.url.VideoUrl;

/** Picks the CDN of a call that is not the origin's turn. Thread-safe. */
@FunctionalInterface
interface Picker {
  /** Instead of a CDN's index: none can take the call, the origin has to. */
  int ORIGIN = -1;

  /**
   * The index of a CDN in its table, or {@link #ORIGIN}. Asking changes nothing.
   *
   * @param call the number of the call among those that are not the origin's; the first one is 1
   */
  int pick(long call, VideoUrl url);

  /** Notes that a CDN gets the call for which it was picked. */
  default void picked(int cdn) {}
}
