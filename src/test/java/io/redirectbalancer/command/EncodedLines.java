package io.redirectbalancer.command;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.redirectbalancer.EcsLines;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The JSON lines that the program makes of events. */
public final class EncodedLines {
  private static final KeyValueEcsEncoder ENCODER = encoder();

  private EncodedLines() {}

  /** Returns the line of an event. */
  public static String of(ILoggingEvent event) {
    return new String(ENCODER.encode(event), StandardCharsets.UTF_8);
  }

  /** Returns what is invalid in the line of an event. */
  public static List<String> errors(ILoggingEvent event) {
    return EcsLines.errors(of(event));
  }

  private static KeyValueEcsEncoder encoder() {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    KeyValueEcsEncoder encoder = new KeyValueEcsEncoder();
    encoder.setContext(context);
    encoder.setServiceName("redirect-balancer");
    encoder.start();
    return encoder;
  }
}
