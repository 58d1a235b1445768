package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.encoder.Encoder;
import io.redirectbalancer.EcsLines;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The JSON lines that the program makes of events. */
public final class EncodedLines {
  private static final Encoder<ILoggingEvent> ENCODER = encoder(context(), Optional.empty());

  private EncodedLines() {}

  /** Returns the line of an event. */
  public static String of(ILoggingEvent event) {
    return new String(ENCODER.encode(event), StandardCharsets.UTF_8);
  }

  /** Returns what is invalid in the line of an event. */
  public static List<String> errors(ILoggingEvent event) {
    return EcsLines.errors(of(event));
  }

  /**
   * Returns the lines of a statement.
   *
   * @param traces whether libraries' exceptions keep their stack traces
   */
  static List<String> of(boolean traces, String logger, Consumer<Logger> statement) {
    LoggerContext context = context();
    Encoder<ILoggingEvent> encoder = encoder(context, Optional.of("server-1"));
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    LineAppender appender = new LineAppender(traces);
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.setOutputStream(lines);
    appender.start();
    Logger log = context.getLogger(logger);
    log.setLevel(Level.DEBUG);
    log.addAppender(appender);
    statement.accept(log);
    return lines.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static LoggerContext context() {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    return context;
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, Optional<String> instance) {
    Encoder<ILoggingEvent> encoder = Logging.jsonEncoder(instance);
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }
}
