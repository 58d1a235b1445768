package io.redirectbalancer.command;

import ch.qos.logback.classic.spi.ILoggingEvent;
import co.elastic.logging.JsonUtils;
import co.elastic.logging.logback.EcsEncoder;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/**
 * Writes ECS JSON lines with the key-value pairs of SLF4J's fluent API, which the base class omits.
 */
public final class KeyValueEcsEncoder extends EcsEncoder {
  @Override
  protected void addCustomFields(ILoggingEvent event, StringBuilder json) {
    super.addCustomFields(event, json);
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs == null) {
      return;
    }
    for (KeyValuePair pair : pairs) {
      json.append('"');
      JsonUtils.quoteAsString(pair.key, json);
      json.append("\":");
      appendValue(pair.value, json);
      json.append(',');
    }
  }

  private static void appendValue(Object value, StringBuilder json) {
    if (value instanceof Boolean
        || (value instanceof Number number && Double.isFinite(number.doubleValue()))) {
      json.append(value);
    } else {
      json.append('"');
      JsonUtils.quoteAsString(String.valueOf(value), json);
      json.append('"');
    }
  }
}
