package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import io.redirectbalancer.config.LogSettings;
import java.util.List;
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

  private Logging() {}

  static void configure(LogSettings settings) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
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
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }
}
