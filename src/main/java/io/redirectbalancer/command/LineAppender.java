package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.OutputStreamAppender;
import io.redirectbalancer.trace.TraceSpan;
import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.transport.LogContext;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.event.KeyValuePair;

/**
 * Writes each event as one line. Most library warnings report a broken connection: unless stack
 * traces are wanted, a short text replaces theirs.
 */
final class LineAppender extends OutputStreamAppender<ILoggingEvent> {
  private static final String OUR_PACKAGES = "io.redirectbalancer.";

  private final boolean traces;

  /**
   * @param traces whether stack traces are wanted
   */
  LineAppender(boolean traces) {
    this.traces = traces;
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event instanceof LoggingEvent own) {
      addTrace(own);
      LogContext context = LogContext.current();
      if (context != null) {
        describe(own, context);
      }
    }
    boolean foreign =
        !event.getLoggerName().startsWith(OUR_PACKAGES)
            && event.getLevel().isGreaterOrEqual(Level.WARN);
    super.append(foreign && !traces ? worded(event) : event);
  }

  /** Names the trace of the call for which this thread works. */
  private static void addTrace(LoggingEvent event) {
    TraceSpan span = TraceSpan.current();
    if (span != TraceSpan.NONE) {
      event.addKeyValuePair(new KeyValuePair("trace.id", span.traceId()));
      event.addKeyValuePair(new KeyValuePair("span.id", span.spanId()));
    }
  }

  /** Names the call or request for which this thread works, unless the line does so itself. */
  private static void describe(LoggingEvent event, LogContext context) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    Set<String> given =
        pairs == null
            ? Set.of()
            : pairs.stream().map(pair -> pair.key).collect(Collectors.toUnmodifiableSet());
    context.describe(
        (key, value) -> {
          if (!given.contains(key)) {
            event.addKeyValuePair(new KeyValuePair(key, value));
          }
        });
  }

  private static ILoggingEvent worded(ILoggingEvent event) {
    LoggingEvent worded = new LoggingEvent();
    worded.setLoggerName(event.getLoggerName());
    worded.setThreadName(event.getThreadName());
    worded.setLevel(event.getLevel());
    worded.setInstant(event.getInstant());
    worded.setMDCPropertyMap(event.getMDCPropertyMap());
    worded.setKeyValuePairs(event.getKeyValuePairs());
    String message = ErrorText.of(String.valueOf(event.getFormattedMessage()));
    IThrowableProxy thrown = event.getThrowableProxy();
    worded.setMessage(
        thrown instanceof ThrowableProxy proxy
            ? message + ": " + ErrorText.of(proxy.getThrowable())
            : message);
    return worded;
  }
}
