package io.redirectbalancer.edge;

import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.client.CallSettings;
import io.redirectbalancer.transport.LogContext;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detects calls that come back to an edge that has forwarded them, because its target is the edge
 * itself or leads back to it: retries would turn one call into hundreds. Each edge adds itself to
 * the header {@code redirect-via}. Chains of edges are allowed. Thread-safe.
 */
final class Loops {
  private static final Logger log = LoggerFactory.getLogger(Loops.class);

  static final Metadata.Key<String> VIA =
      Metadata.Key.of("redirect-via", Metadata.ASCII_STRING_MARSHALLER);

  /** A longer chain of edges is taken for a loop. */
  private static final int MAX_EDGES = 8;

  static final Status LOOP =
      Status.FAILED_PRECONDITION.withDescription(
          "the call came back to an edge that had passed it on: BALANCER_TARGET leads back to the"
              + " edge (expected: balancers, or edges with balancers behind them)");

  private final String id = UUID.randomUUID().toString();
  private final CallSettings first = CallSettings.DEFAULT.withVia(id);
  private final AtomicBoolean logged = new AtomicBoolean();

  /**
   * Returns whether the call has been here before or has passed through too many edges.
   *
   * @param via the call's header, null if it has none
   * @param call named in the log line
   */
  boolean contains(@Nullable String via, RedirectCall call) {
    if (via == null) {
      return false;
    }
    List<String> edges = List.of(via.split(",", -1));
    boolean loop = edges.contains(id) || edges.size() >= MAX_EDGES;
    if (loop && logged.compareAndSet(false, true)) {
      LogContext.method(LogContext.peer(log.atError(), call.peer()), call.method())
          .addKeyValue("error.message", LOOP.getDescription())
          .log("calls go in a circle");
    }
    return loop;
  }

  /** Returns the settings with which to forward a call. */
  CallSettings settings(@Nullable String via) {
    return via == null ? first : CallSettings.DEFAULT.withVia(via + "," + id);
  }
}
