package io.redirectbalancer.admin;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters in a URL's query, {@code name=value} each, as forms have them. */
final class Query {
  private Query() {}

  /** Decoded, by name. The JDK's server has refused broken escapes before. */
  static Map<String, String> parse(@Nullable String query) {
    Map<String, String> parameters = new HashMap<>();
    if (query != null) {
      for (String parameter : query.split("&", -1)) {
        int equals = parameter.indexOf('=');
        int nameEnd = equals < 0 ? parameter.length() : equals;
        parameters.put(
            URLDecoder.decode(parameter.substring(0, nameEnd), StandardCharsets.UTF_8),
            URLDecoder.decode(
                equals < 0 ? "" : parameter.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return parameters;
  }
}
