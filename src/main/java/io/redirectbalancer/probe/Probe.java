package io.redirectbalancer.probe;

import java.util.concurrent.CompletableFuture;

/** One CDN's probe. */
@FunctionalInterface
interface Probe {
  /**
   * Asks once. Returns at once; the result is there within 2 seconds. It fails only if this machine
   * could not ask, which says nothing of the CDN.
   */
  CompletableFuture<ProbeResult> ask();
}
