package io.redirectbalancer.admin;

import io.redirectbalancer.url.Quote;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A request's target (RFC 9112, section 3.2), decoded.
 *
 * @param query the parameters, encoded as in forms: {@code name=value&...}, a {@code +} for a space
 */
record RequestTarget(String path, Map<String, String> query) {
  private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://[^/?]*");

  /**
   * Parses a target.
   *
   * @param target as received, one character per byte
   * @throws IllegalArgumentException if an escape is invalid, the decoded bytes are not UTF-8, or a
   *     parameter is given twice
   */
  static RequestTarget parse(String target) {
    String relative = ABSOLUTE.matcher(target).lookingAt() ? withoutHost(target) : target;
    int mark = relative.indexOf('?');
    return mark < 0
        ? new RequestTarget(PercentEncoding.decode(relative), Map.of())
        : new RequestTarget(
            PercentEncoding.decode(relative.substring(0, mark)),
            parameters(Map.of(), relative.substring(mark + 1)));
  }

  private static String withoutHost(String target) {
    String relative = ABSOLUTE.matcher(target).replaceFirst("");
    return relative.startsWith("/") ? relative : "/" + relative;
  }

  /**
   * Returns parameters with those of a form.
   *
   * @throws IllegalArgumentException if an escape is invalid, the decoded bytes are not UTF-8, or a
   *     parameter is given twice
   */
  static Map<String, String> parameters(Map<String, String> others, String form) {
    Map<String, String> parameters = new HashMap<>(others);
    for (String parameter : form.replace('+', ' ').split("&", -1)) {
      if (parameter.isEmpty()) {
        continue;
      }
      int equals = parameter.indexOf('=');
      String name = PercentEncoding.decode(equals < 0 ? parameter : parameter.substring(0, equals));
      String value = equals < 0 ? "" : PercentEncoding.decode(parameter.substring(equals + 1));
      if (parameters.put(name, value) != null) {
        throw new IllegalArgumentException(
            "parameter " + Quote.line(name) + " given more than once (expected: once)");
      }
    }
    return parameters;
  }
}
