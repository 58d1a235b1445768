package io.redirectbalancer.command;

import ch.qos.logback.classic.spi.ILoggingEvent;
import co.elastic.logging.JsonUtils;
import co.elastic.logging.logback.EcsEncoder;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/**
 * Writes ECS JSON lines with the key-value pairs of SLF4J's fluent API, which the base class omits.
 * A key with a dot is a field of the Elastic Common Schema. All others are our own and get a prefix
 * that keeps them apart from what the schema has or will have: an index rejects a line with a text
 * where the schema has an object.
 */
public final class KeyValueEcsEncoder extends EcsEncoder {
  /** What the names of our own fields begin with. */
  static final String PREFIX = "redirect_balancer.";

  @Override
  protected void addCustomFields(ILoggingEvent event, StringBuilder json) {
    super.addCustomFields(event, json);
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs == null) {
      return;
    }
    for (KeyValuePair pair : pairs) {
      json.append('"');
      JsonUtils.quoteAsString(field(pair.key), json);
      json.append("\":");
      appendValue(pair.value, json);
      json.append(',');
    }
  }

  /** Returns the name of the field that a key becomes. */
  static String field(String key) {
    return key.indexOf('.') < 0 ? PREFIX + key : key;
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
