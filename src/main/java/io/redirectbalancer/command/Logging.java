package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import io.redirectbalancer.config.LogSettings;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    configure(settings, verbose, "System.out");
  }

  /** The same for commands whose standard output is their result. */
  static void toStandardError(LogSettings settings, boolean verbose) {
    configure(settings, verbose, "System.err");
  }

  private static void configure(LogSettings settings, boolean verbose, String stream) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    context.putProperty("stream", stream);
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    String file = "/logback-" + settings.format() + ".xml";
    try {
      configurator.doConfigure(Objects.requireNonNull(Logging.class.getResource(file), file));
    } catch (JoranException e) {
      throw new IllegalStateException(file + " is broken", e);
    }
    context.getLogger(OUR_PACKAGES).setLevel(Level.valueOf(settings.level()));
    CLIENTS_FAULTS.forEach(name -> context.getLogger(name).setLevel(Level.ERROR));
    if (verbose) {
      GRPC_DETAILS.forEach((name, level) -> context.getLogger(name).setLevel(level));
    }
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }
}
