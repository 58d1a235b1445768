package io.redirectbalancer.probe;

import java.util.concurrent.CompletableFuture;

/** One CDN's probe. */
@FunctionalInterface
interface Probe {
  /**
   * Probes once. Returns at once; the result follows within 2 seconds. It fails only if this
   * machine could not send the probe, which says nothing about the CDN.
   */
  CompletableFuture<ProbeResult> ask();
}
