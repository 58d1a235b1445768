package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.event.KeyValuePair;

/**
 * Writes lines for people: the time in UTC, the level, the message, then {@code key=value}. What
 * would break the line or control a terminal is escaped; only stack traces have lines of their own.
 */
final class TextEncoder extends EncoderBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final byte[] NOTHING = {};

  private static final String FAINT = "\033[2m";
  private static final String RED = "\033[31m";
  private static final String YELLOW = "\033[33m";
  private static final String GREEN = "\033[32m";
  private static final String USUAL = "\033[0m";

  private final Optional<String> instance;
  private final boolean coloured;

  /**
   * @param instance the name of this process, which each line then has
   * @param coloured whether the lines go to a terminal that shows colours
   */
  TextEncoder(Optional<String> instance, boolean coloured) {
    this.instance = instance;
    this.coloured = coloured;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder line = new StringBuilder();
    style(line, FAINT, TIME.format(event.getInstant()));
    line.append(' ');
    Level level = event.getLevel();
    style(line, colour(level), level.toString());
    line.append(" ".repeat(Math.max(1, 6 - level.toString().length())));
    escape(line, String.valueOf(event.getFormattedMessage()), false);
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(pair -> add(line, pair.key, String.valueOf(pair.value)));
    }
    instance.ifPresent(name -> add(line, "service.node.name", name));
    add(line, "logger", event.getLoggerName());
    line.append('\n');
    if (event.getThrowableProxy() != null) {
      ThrowableProxyUtil.asString(event.getThrowableProxy())
          .lines()
          .forEach(
              each -> {
                int text = each.length() - each.stripLeading().length();
                line.append(each, 0, text);
                escape(line, each.substring(text), false);
                line.append('\n');
              });
    }
    return line.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void add(StringBuilder line, String key, String value) {
    line.append(' ');
    style(line, FAINT, key + "=");
    boolean plain = value.chars().allMatch(c -> c > ' ' && c != '"' && c != '=' && c != '\\');
    if (plain && !value.isEmpty()) {
      escape(line, value, false);
    } else {
      line.append('"');
      escape(line, value, true);
      line.append('"');
    }
  }

  /**
   * Appends text without control characters.
   *
   * @param quoted whether it stands in quotation marks, which then are escaped, too
   */
  private static void escape(StringBuilder line, String text, boolean quoted) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        line.append("\\n");
      } else if (c == '\t') {
        line.append("\\t");
      } else if (Character.isISOControl(c)) {
        line.append("\\u").append(HexFormat.of().toHexDigits(c));
      } else {
        line.append(quoted && (c == '"' || c == '\\') ? "\\" : "").append(c);
      }
    }
  }

  private void style(StringBuilder line, String style, String text) {
    if (coloured) {
      line.append(style).append(text).append(USUAL);
    } else {
      line.append(text);
    }
  }

  private static String colour(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> RED;
      case Level.WARN_INT -> YELLOW;
      case Level.INFO_INT -> GREEN;
      default -> FAINT;
    };
  }
}
