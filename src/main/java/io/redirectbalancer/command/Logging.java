package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.jul.LevelChangePropagator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.status.NopStatusListener;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.redirectbalancer.config.LogSettings;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Sets up logback and routes java.util.logging, which gRPC and Netty use, through it. */
final class Logging {
  private static final String OUR_PACKAGES = "io.redirectbalancer";

  /**
   * These log a warning with a stack trace for each message or call that a client breaks off;
   * metrics count them.
   */
  private static final List<String> CLIENTS_FAULTS =
      List.of(
          "io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler",
          "io.grpc.netty.shaded.io.grpc.netty.NettyServerStream");

  /** Warns of each connection of the control API's database that has ended; the store does once. */
  private static final String POOL = "com.zaxxer.hikari.pool.PoolBase";

  /** Logs a warning for each name that cannot be looked up. */
  private static final String CHANNELS = "io.grpc.internal.ManagedChannelImpl";

  /** gRPC's log of channels, such as states and picks, and of HTTP/2 frames. */
  private static final Map<String, Level> GRPC_DETAILS =
      Map.of(
          "io.grpc.ChannelLogger", Level.TRACE,
          "io.grpc.netty.shaded.io.grpc.netty.NettyClientHandler", Level.DEBUG,
          "io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler", Level.DEBUG);

  private static final Stream STANDARD_OUTPUT = new Stream(1, FileDescriptor.out);
  private static final Stream STANDARD_ERROR = new Stream(2, FileDescriptor.err);

  /** Where lines go, by its number and as a file. */
  private record Stream(int number, FileDescriptor file) {
    /** Whether it is a terminal, and colours are not switched off (https://no-color.org). */
    boolean showsColours() {
      return System.getenv().getOrDefault("NO_COLOR", "").isEmpty()
          && !"dumb".equals(System.getenv("TERM"))
          && isTerminal();
    }

    /** {@link System#console} would tell of standard input and output together, or nothing. */
    private boolean isTerminal() {
      try {
        return new ProcessBuilder("test", "-t", String.valueOf(number))
                .inheritIO()
                .start()
                .waitFor()
            == 0;
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  /** How long the program waits at its end for log lines to be read. */
  private static final Duration MAX_FLUSH = Duration.ofSeconds(1);

  private Logging() {}

  /**
   * Sets up logging; if verbose, including gRPC's own of channels and transports.
   *
   * @param instance the name of this process, which each line then has
   * @return counts the lines that are dropped
   */
  static MeterBinder configure(LogSettings settings, Optional<String> instance, boolean verbose) {
    LineQueue lines = configure(settings, instance, verbose, STANDARD_OUTPUT);
    return FunctionCounter.builder("log.lines.dropped", lines, LineQueue::dropped)
            .description("Log lines that were dropped, since nobody read those before them")
        ::register;
  }

  /**
   * Sets up logging to standard error, for commands whose standard output shows their result,
   * failed connections included; so those are logged only if verbose.
   */
  static void toStandardError(LogSettings settings, boolean verbose) {
    configure(settings, Optional.empty(), verbose, STANDARD_ERROR);
    ((Logger) LoggerFactory.getLogger(CHANNELS)).setLevel(verbose ? Level.WARN : Level.ERROR);
  }

  /** Logs nothing: for commands that print all that there is to say themselves. */
  static void silence() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    context.getStatusManager().add(new NopStatusListener());
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    SLF4JBridgeHandler.removeHandlersForRootLogger();
  }

  /** Configures in code: reading XML would load hundreds of classes. */
  private static LineQueue configure(
      LogSettings settings, Optional<String> instance, boolean verbose, Stream stream) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    context.getStatusManager().add(new NopStatusListener());
    tellJavaUtilLogging(context);
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    LineQueue lines = LineQueue.to(new FileOutputStream(stream.file));
    Logger ours = context.getLogger(OUR_PACKAGES);
    ours.setLevel(Level.valueOf(settings.level()));
    Encoder<ILoggingEvent> encoder =
        settings.format().equals("json")
            ? jsonEncoder(instance)
            : new TextEncoder(instance, stream.showsColours());
    root.addAppender(appender(context, lines, encoder));
    CLIENTS_FAULTS.forEach(name -> context.getLogger(name).setLevel(Level.ERROR));
    context.getLogger(POOL).setLevel(Level.ERROR);
    if (verbose) {
      GRPC_DETAILS.forEach((name, level) -> context.getLogger(name).setLevel(level));
    }
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    Exit.log(ours, () -> lines.await(MAX_FLUSH));
    return lines;
  }

  /** Avoids creating log records that would be discarded. */
  private static void tellJavaUtilLogging(LoggerContext context) {
    var levels = new LevelChangePropagator();
    levels.setContext(context);
    levels.start();
    context.addListener(levels);
  }

  private static Appender<ILoggingEvent> appender(
      LoggerContext context, LineQueue lines, Encoder<ILoggingEvent> encoder) {
    encoder.setContext(context);
    encoder.start();
    var filter = new LibraryLogFilter();
    filter.setContext(context);
    filter.start();
    boolean traces = context.getLogger(OUR_PACKAGES).isEnabledFor(Level.DEBUG);
    var appender = new LineAppender(traces);
    appender.setName("lines");
    appender.setContext(context);
    appender.addFilter(filter);
    appender.setEncoder(encoder);
    appender.setOutputStream(lines);
    appender.start();
    return appender;
  }

  /** Returns what writes lines in the Elastic Common Schema. */
  static Encoder<ILoggingEvent> jsonEncoder(Optional<String> instance) {
    var encoder = new KeyValueEcsEncoder();
    encoder.setServiceName("redirect-balancer");
    instance.ifPresent(encoder::setServiceNodeName);
    return encoder;
  }
}
