package io.redirectbalancer.probe;

import java.util.concurrent.CompletableFuture;

/** One CDN's probe. */
@FunctionalInterface
interface Probe {
  /** Asks once. Returns at once; what comes of it never fails and is there within 2 seconds. */
  CompletableFuture<ProbeResult> ask();
}
