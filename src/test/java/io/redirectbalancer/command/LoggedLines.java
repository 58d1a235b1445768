package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.redirectbalancer.EcsLines;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * The JSON lines that the program writes while this is open, at debug and above. All have to be
 * {@linkplain EcsLines valid}.
 */
public final class LoggedLines implements AutoCloseable {
  private final Logger ours = (Logger) LoggerFactory.getLogger("io.redirectbalancer");
  private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
  private final LineAppender appender = new LineAppender(false);

  public LoggedLines() {
    LoggerContext context = ours.getLoggerContext();
    var encoder = Logging.jsonEncoder(Optional.of("server-1"));
    encoder.setContext(context);
    encoder.start();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.setOutputStream(lines);
    appender.start();
    ours.addAppender(appender);
    ours.setLevel(Level.DEBUG);
    ours.setAdditive(false);
  }

  /** Returns the lines with this text in their message. */
  public List<JsonObject> with(String message) {
    return lines
        .toString(StandardCharsets.UTF_8)
        .lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .filter(line -> line.get("message").getAsString().contains(message))
        .toList();
  }

  @Override
  public void close() {
    ours.detachAppender(appender);
    appender.stop();
    ours.setLevel(null);
    ours.setAdditive(true);
    assertThat(lines.toString(StandardCharsets.UTF_8).lines())
        .flatExtracting(EcsLines::errors)
        .isEmpty();
  }
}
