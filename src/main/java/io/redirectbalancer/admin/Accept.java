package io.redirectbalancer.admin;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An Accept header (RFC 9110, sections 12.4.2 and 12.5.1). Among the parameters only {@code
 * version} distinguishes representations: others, such as {@code charset}, exclude nothing.
 * Elements that are not media ranges are ignored.
 */
final class Accept {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final String QUOTED = "\"(?:[^\"\\\\]|\\\\.)*+\"";

  private static final Pattern ELEMENT = Pattern.compile("(?:[^,\"]|" + QUOTED + ")++");
  private static final Pattern PARAMETER =
      Pattern.compile(";\\s*(?:(" + TOKEN + ")=(" + TOKEN + "|" + QUOTED + ")\\s*)?");
  private static final Pattern RANGE =
      Pattern.compile("\\s*(" + TOKEN + "/" + TOKEN + ")\\s*((?:" + PARAMETER + ")*+)");
  private static final Pattern WEIGHT = Pattern.compile("0(?:\\.[0-9]*)?|1(?:\\.0*)?");

  private final List<Range> ranges = new ArrayList<>();

  /**
   * Parses a header.
   *
   * @param header its lines, joined by commas; empty if there is none, which accepts everything
   */
  Accept(String header) {
    Matcher element = ELEMENT.matcher(header.isBlank() ? "*/*" : header);
    while (element.find()) {
      range(element.group()).ifPresent(ranges::add);
    }
  }

  /**
   * A type on offer, in lower case.
   *
   * @param version empty if it has no versions
   */
  record MediaType(String type, String subtype, String version) {}

  /**
   * Returns the offered type with the greatest weight; among equals the most specifically named
   * one, then the first. If none is accepted, returns the first, which is more useful than an
   * error.
   */
  MediaType choose(MediaType... offered) {
    return Stream.of(offered)
        .flatMap(type -> closest(type).map(range -> new Match(type, range)).stream())
        .filter(match -> match.range().weight() > 0)
        .reduce((best, other) -> other.isBetterThan(best) ? other : best)
        .map(Match::type)
        .orElse(offered[0]);
  }

  /** Returns the range that applies to the type: the most specific one. */
  private Optional<Range> closest(MediaType offered) {
    return ranges.stream()
        .filter(range -> range.closeness(offered) > 0)
        .max(Comparator.comparingInt(range -> range.closeness(offered)));
  }

  private static Optional<Range> range(String element) {
    Matcher range = RANGE.matcher(element);
    if (!range.matches()) {
      return Optional.empty();
    }
    Map<String, String> parameters = new HashMap<>();
    Matcher parameter = PARAMETER.matcher(range.group(2));
    while (parameter.find()) {
      if (parameter.group(1) != null) {
        parameters.put(parameter.group(1).toLowerCase(Locale.ROOT), unquoted(parameter.group(2)));
      }
    }
    String weight = parameters.getOrDefault("q", "1");
    return WEIGHT.matcher(weight).matches()
        ? Optional.of(
            new Range(
                range.group(1).toLowerCase(Locale.ROOT),
                parameters.getOrDefault("version", ""),
                Double.parseDouble(weight)))
        : Optional.empty();
  }

  private static String unquoted(String value) {
    return value.startsWith("\"")
        ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1")
        : value;
  }

  private record Range(String type, String version, double weight) {
    /** Returns how specifically this range names the type; 0 if not at all. */
    int closeness(MediaType offered) {
      if (type.equals(offered.type() + "/" + offered.subtype())) {
        return version.isEmpty() ? 3 : version.equals(offered.version()) ? 4 : 0;
      }
      return type.equals(offered.type() + "/*") ? 2 : type.equals("*/*") ? 1 : 0;
    }
  }

  private record Match(MediaType type, Range range) {
    boolean isBetterThan(Match other) {
      return range.weight() == other.range.weight()
          ? range.closeness(type) > other.range.closeness(other.type)
          : range.weight() > other.range.weight();
    }
  }
}
