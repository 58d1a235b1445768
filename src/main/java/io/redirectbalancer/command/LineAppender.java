package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.OutputStreamAppender;
import io.redirectbalancer.transport.ErrorText;

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
    boolean foreign =
        !event.getLoggerName().startsWith(OUR_PACKAGES)
            && event.getLevel().isGreaterOrEqual(Level.WARN);
    super.append(foreign && !traces ? worded(event) : event);
  }

  private static ILoggingEvent worded(ILoggingEvent event) {
    LoggingEvent worded = new LoggingEvent();
    worded.setLoggerName(event.getLoggerName());
    worded.setThreadName(event.getThreadName());
    worded.setLevel(event.getLevel());
    worded.setInstant(event.getInstant());
    worded.setMDCPropertyMap(event.getMDCPropertyMap());
    worded.setKeyValuePairs(event.getKeyValuePairs());
    String message = ErrorText.of(event.getFormattedMessage());
    IThrowableProxy thrown = event.getThrowableProxy();
    worded.setMessage(
        thrown instanceof ThrowableProxy proxy
            ? message + ": " + ErrorText.of(proxy.getThrowable())
            : message);
    return worded;
  }
}
