package io.redirectbalancer.transport;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.SocketAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Counts the connections that were closed because of a limit or an error, by reason, and logs one a
 * second of each reason. Thread-safe.
 */
final class ClosedConnections implements CloseEvents {
  private static final Logger log = LoggerFactory.getLogger(ClosedConnections.class);

  private final Map<CloseReason, Meters> meters = new EnumMap<>(CloseReason.class);

  private record Meters(Counter counter, LogLimit logLimit) {}

  /** Also registers the meters of all reasons. */
  ClosedConnections(MeterRegistry registry, LongSupplier nanoTime) {
    for (CloseReason reason : CloseReason.values()) {
      Counter counter =
          Counter.builder("connections.closed")
              .description("Connections closed because of a limit or an error of the client")
              .tag("reason", reason.label())
              .register(registry);
      meters.put(reason, new Meters(counter, new LogLimit(nanoTime)));
    }
  }

  @Override
  public void closed(CloseReason reason, @Nullable SocketAddress client) {
    Meters of = Objects.requireNonNull(meters.get(reason));
    of.counter.increment();
    if (of.logLimit.passes()) {
      LogContext.peer(log.atLevel(reason.isLimit() ? Level.WARN : Level.DEBUG), client)
          .addKeyValue("reason", reason.label())
          .addKeyValue("closed_since_start", (long) of.counter.count())
          .log("connection closed: {}", reason.text());
    }
  }
}
