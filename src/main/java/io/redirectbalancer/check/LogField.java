package io.redirectbalancer.check;

import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.url.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a line of a log holds the URL. Immutable.
 *
 * @param field empty for the whole line; a number for the field at that position, from 1; otherwise
 *     the name of a member, if each line is a JSON object
 * @param base prefix for a value that is only a path, such as {@code http://s1.origin-cluster};
 *     empty for none
 */
public record LogField(Optional<String> field, String base) {
  /** Fields as web servers separate them: by blanks, except within quotation marks or brackets. */
  private static final Pattern FIELD =
      Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|\\[([^]]*)]|(\\S+)");

  private static final Pattern POSITION = Pattern.compile("[1-9][0-9]{0,2}");

  /** A request line (RFC 9112, section 3), which is what most access logs hold. */
  private static final Pattern REQUEST = Pattern.compile("[A-Z]+ (\\S+) HTTP/[0-9.]+");

  /**
   * Returns the URL in a line.
   *
   * @throws IllegalArgumentException if the line has no such field, with the reason
   */
  String urlIn(String line) {
    String value = field.map(name -> value(line, name)).orElse(line);
    Matcher request = REQUEST.matcher(value);
    String url = request.matches() ? request.group(1) : value;
    return url.startsWith("/") ? base + url : url;
  }

  private static String value(String line, String name) {
    return POSITION.matcher(name).matches()
        ? position(line, Integer.parseInt(name))
        : member(line, name);
  }

  private static String position(String line, int position) {
    List<String> fields = new ArrayList<>();
    Matcher matcher = FIELD.matcher(line);
    while (fields.size() < position && matcher.find()) {
      for (int group = 1; group <= 3; group++) {
        if (matcher.group(group) != null) {
          fields.add(matcher.group(group));
        }
      }
    }
    if (fields.size() < position) {
      throw new IllegalArgumentException(
          fields.size() + " fields (expected: at least " + position + ")");
    }
    return fields.get(position - 1);
  }

  private static String member(String line, String name) {
    Object value = JsonObject.parse(line).get(name);
    if (value instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException(
        "no text in member " + Quote.ascii(name) + " (expected: the URL)");
  }
}
