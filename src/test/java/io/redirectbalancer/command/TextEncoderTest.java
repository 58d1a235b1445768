package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class TextEncoderTest {
  private static final String LOGGER = "io.redirectbalancer.probe.CdnProbe";

  private final LoggingEvent event = new LoggingEvent();

  @Test
  void aLineHasTheTimeTheLevelTheMessageAndTheFields() {
    given(Level.WARN, "CDN is marked down", null);
    with("cdn", "fast");
    with("port", 50051);

    assertThat(plain())
        .isEqualTo(
            "12:03:45.678Z WARN  CDN is marked down cdn=fast port=50051 logger=" + LOGGER + "\n");
  }

  @Test
  void aLineHasTheInstanceIfItHasAName() {
    given(Level.ERROR, "a", null);

    assertThat(encode(Optional.of("server-1"), false))
        .isEqualTo("12:03:45.678Z ERROR a service.node.name=server-1 logger=" + LOGGER + "\n");
  }

  @Test
  void valuesThatAreNotOneWordAreQuoted() {
    given(Level.INFO, "a", null);
    with("blank", "two words");
    with("empty", "");
    with("quoted", "\"a\\");
    with("equals", "a=b");
    with("none", null);

    assertThat(plain())
        .contains(
            " a blank=\"two words\" empty=\"\" quoted=\"\\\"a\\\\\" equals=\"a=b\" none=null logger=");
  }

  @Test
  void noTextBreaksTheLineOrControlsATerminal() {
    given(Level.INFO, "a\nb\t\033[31m\u009b1m \u00e9", null);
    with("video", "x\r\ny\0");

    assertThat(plain())
        .contains("INFO  a\\nb\\t\\u001b[31m\\u009b1m \u00e9 video=\"x\\u000d\\ny\\u0000\" logger=")
        .hasLineCount(1);
  }

  @Test
  void aStackTraceFollowsWithoutItsControlCharacters() {
    given(Level.ERROR, "failed", new IllegalStateException("odd \033[31m"));

    assertThat(plain().lines().toList())
        .hasSizeGreaterThan(2)
        .satisfies(
            lines -> {
              assertThat(lines.get(1))
                  .isEqualTo("java.lang.IllegalStateException: odd \\u001b[31m");
              assertThat(lines.get(2)).startsWith("\tat " + TextEncoderTest.class.getName());
            });
  }

  @Test
  void coloursAreForTerminalsOnly() {
    given(Level.ERROR, "failed", null);
    with("cdn", "fast");

    assertThat(plain()).doesNotContain("\033");
    assertThat(encode(Optional.empty(), true))
        .isEqualTo(
            "\033[2m12:03:45.678Z\033[0m \033[31mERROR\033[0m failed \033[2mcdn=\033[0mfast"
                + " \033[2mlogger=\033[0m"
                + LOGGER
                + "\n");
  }

  private void given(Level level, String message, @Nullable Throwable thrown) {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    Logger logger = context.getLogger(LOGGER);
    event.setLoggerContextRemoteView(context.getLoggerContextRemoteView());
    event.setLoggerName(logger.getName());
    event.setLevel(level);
    event.setMessage(message);
    event.setInstant(Instant.parse("2026-11-26T12:03:45.678Z"));
    if (thrown != null) {
      event.setThrowableProxy(new ch.qos.logback.classic.spi.ThrowableProxy(thrown));
    }
  }

  private void with(String key, @Nullable Object value) {
    event.addKeyValuePair(new KeyValuePair(key, value));
  }

  private String plain() {
    return encode(Optional.empty(), false);
  }

  private String encode(Optional<String> instance, boolean coloured) {
    return new String(new TextEncoder(instance, coloured).encode(event), StandardCharsets.UTF_8);
  }
}
