package io.redirectbalancer.admin;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a request is for (RFC 9112, section 3.2), decoded.
 *
 * @param query the parameters, as forms have them: {@code name=value&...}, a {@code +} for a space;
 *     of those given twice, the last one
 */
record RequestTarget(String path, Map<String, String> query) {
  private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://[^/?]*");

  /**
   * Reads a target.
   *
   * @param target a character a byte, as it came
   * @throws IllegalArgumentException if an escape is invalid, or what was escaped is not UTF-8
   */
  static RequestTarget parse(String target) {
    String relative = ABSOLUTE.matcher(target).lookingAt() ? withoutHost(target) : target;
    int mark = relative.indexOf('?');
    return mark < 0
        ? new RequestTarget(PercentEncoding.decode(relative), Map.of())
        : new RequestTarget(
            PercentEncoding.decode(relative.substring(0, mark)),
            parameters(relative.substring(mark + 1)));
  }

  private static String withoutHost(String target) {
    String relative = ABSOLUTE.matcher(target).replaceFirst("");
    return relative.startsWith("/") ? relative : "/" + relative;
  }

  private static Map<String, String> parameters(String query) {
    Map<String, String> parameters = new HashMap<>();
    for (String parameter : query.replace('+', ' ').split("&", -1)) {
      int equals = parameter.indexOf('=');
      int nameEnd = equals < 0 ? parameter.length() : equals;
      parameters.put(
          PercentEncoding.decode(parameter.substring(0, nameEnd)),
          equals < 0 ? "" : PercentEncoding.decode(parameter.substring(equals + 1)));
    }
    return parameters;
  }
}
