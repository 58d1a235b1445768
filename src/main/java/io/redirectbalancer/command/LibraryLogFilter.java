package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Passes at most one warning or error a second from each library's logger: clients can often cause
 * such warnings, and must not be able to fill the disk. Levels below a warning pass only if they
 * were enabled. Thread-safe.
 */
public final class LibraryLogFilter extends Filter<ILoggingEvent> {
  private static final String OUR_PACKAGES = "io.redirectbalancer.";
  private static final long INTERVAL_NANOS = 1_000_000_000;

  private final Map<String, Long> lastNanos = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;

  /** For logback, which creates it. */
  public LibraryLogFilter() {
    this(System::nanoTime);
  }

  LibraryLogFilter(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  @Override
  public FilterReply decide(ILoggingEvent event) {
    String logger = event.getLoggerName();
    if (logger.startsWith(OUR_PACKAGES) || !event.getLevel().isGreaterOrEqual(Level.WARN)) {
      return FilterReply.NEUTRAL;
    }
    long now = nanoTime.getAsLong();
    boolean[] passes = {false};
    lastNanos.compute(
        logger,
        (name, last) -> {
          passes[0] = last == null || now - last >= INTERVAL_NANOS;
          return passes[0] ? Long.valueOf(now) : last;
        });
    return passes[0] ? FilterReply.NEUTRAL : FilterReply.DENY;
  }
}
