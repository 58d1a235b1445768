package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.redirectbalancer.command.EncodedLines;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.slf4j.LoggerFactory;

/**
 * What the balancer, by SLF4J, and gRPC, by java.util.logging, log while this is open. The lines
 * that become of the balancer's own must be {@linkplain EcsLines valid}.
 */
public final class CapturedLogs implements AutoCloseable {
  private final Logger ours = (Logger) LoggerFactory.getLogger("io.redirectbalancer");
  private final java.util.logging.Logger grpcs = java.util.logging.Logger.getLogger("io.grpc");
  private final ListAppender<ILoggingEvent> ourEvents = new ListAppender<>();
  private final Records grpcRecords = new Records();

  public CapturedLogs() {
    ourEvents.list = new CopyOnWriteArrayList<>();
    ourEvents.start();
    ours.addAppender(ourEvents);
    ours.setLevel(Level.INFO);
    ours.setAdditive(false);
    grpcs.addHandler(grpcRecords);
    grpcs.setUseParentHandlers(false);
  }

  /** What the balancer itself has logged, at info and above. */
  public List<ILoggingEvent> ours() {
    return List.copyOf(ourEvents.list);
  }

  /** The stack traces that the balancer and gRPC have logged. */
  public List<String> stackTraces() {
    List<String> traces = new ArrayList<>();
    for (ILoggingEvent event : ourEvents.list) {
      if (event.getThrowableProxy() != null) {
        traces.add(event.getThrowableProxy().getClassName());
      }
    }
    for (LogRecord record : grpcRecords.list) {
      if (record.getThrown() != null) {
        traces.add(record.getLoggerName() + ": " + record.getThrown());
      }
    }
    return traces;
  }

  @Override
  public void close() {
    ours.detachAppender(ourEvents);
    ours.setLevel(null);
    ours.setAdditive(true);
    grpcs.removeHandler(grpcRecords);
    grpcs.setUseParentHandlers(true);
    assertThat(ourEvents.list).flatExtracting(EncodedLines::errors).isEmpty();
  }

  private static final class Records extends Handler {
    final List<LogRecord> list = new CopyOnWriteArrayList<>();

    @Override
    public void publish(LogRecord record) {
      list.add(record);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
