package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.jul.LevelChangePropagator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.status.NopStatusListener;
import io.redirectbalancer.config.LogSettings;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Sets logback up, and java.util.logging, by which gRPC and Netty log, to go through it. */
final class Logging {
  private static final String OUR_PACKAGES = "io.redirectbalancer";

  /** Warn, with a stack trace, of messages and calls that clients break off; metrics count them. */
  private static final List<String> CLIENTS_FAULTS =
      List.of(
          "io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler",
          "io.grpc.netty.shaded.io.grpc.netty.NettyServerStream");

  /** What gRPC says of channels, such as states and picks, and of HTTP/2 frames. */
  private static final Map<String, Level> GRPC_DETAILS =
      Map.of(
          "io.grpc.ChannelLogger", Level.TRACE,
          "io.grpc.netty.shaded.io.grpc.netty.NettyClientHandler", Level.DEBUG,
          "io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler", Level.DEBUG);

  private Logging() {}

  static void configure(LogSettings settings) {
    configure(settings, false);
  }

  /** Sets logging up; if it is to be verbose, with gRPC's own of channels and transports. */
  static void configure(LogSettings settings, boolean verbose) {
    configure(settings, verbose, ConsoleTarget.SystemOut);
  }

  /** The same for commands whose standard output is their result. */
  static void toStandardError(LogSettings settings, boolean verbose) {
    configure(settings, verbose, ConsoleTarget.SystemErr);
  }

  /** In code: to read it from XML takes hundreds of classes, and the time to load them. */
  private static void configure(LogSettings settings, boolean verbose, ConsoleTarget stream) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    context.getStatusManager().add(new NopStatusListener());
    tellJavaUtilLogging(context);
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(console(context, stream, settings.format().equals("json")));
    context.getLogger(OUR_PACKAGES).setLevel(Level.valueOf(settings.level()));
    CLIENTS_FAULTS.forEach(name -> context.getLogger(name).setLevel(Level.ERROR));
    if (verbose) {
      GRPC_DETAILS.forEach((name, level) -> context.getLogger(name).setLevel(level));
    }
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  /** Spares the making of log records that nobody wants. */
  private static void tellJavaUtilLogging(LoggerContext context) {
    var levels = new LevelChangePropagator();
    levels.setContext(context);
    levels.start();
    context.addListener(levels);
  }

  private static Appender<ILoggingEvent> console(
      LoggerContext context, ConsoleTarget stream, boolean json) {
    Encoder<ILoggingEvent> encoder = json ? jsonEncoder() : textEncoder();
    encoder.setContext(context);
    encoder.start();
    var filter = new LibraryLogFilter();
    filter.setContext(context);
    filter.start();
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setName("console");
    console.setContext(context);
    console.setTarget(stream.getName());
    console.addFilter(filter);
    console.setEncoder(encoder);
    console.start();
    return console;
  }

  private static Encoder<ILoggingEvent> jsonEncoder() {
    var encoder = new KeyValueEcsEncoder();
    encoder.setServiceName("redirect-balancer");
    return encoder;
  }

  private static Encoder<ILoggingEvent> textEncoder() {
    var encoder = new PatternLayoutEncoder();
    encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level %logger{0}: %msg %kvp%n");
    return encoder;
  }
}
