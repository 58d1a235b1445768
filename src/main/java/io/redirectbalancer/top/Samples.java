package io.redirectbalancer.top;

import io.redirectbalancer.url.Quote;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a scrape in Prometheus's text format, version 0.0.4. Immutable.
 *
 * <p>The format's own libraries for Java only write it.
 */
final class Samples {
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})?[ \\t]+(\\S+)(?:[ \\t]+-?[0-9]+)?");
  private static final Pattern LABEL =
      Pattern.compile("\\G\\s*([a-zA-Z_]\\w*)=\"((?:[^\"\\\\]|\\\\.)*)\"\\s*(?:,|$)");
  private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");

  private final Map<String, List<Sample>> byName;

  private record Sample(Map<String, String> labels, double value) {}

  private Samples(Map<String, List<Sample>> byName) {
    this.byName = byName;
  }

  /**
   * Parses a scrape.
   *
   * @throws IllegalArgumentException if a line is neither blank, nor a comment, nor a sample
   */
  static Samples parse(String text) {
    Map<String, List<Sample>> byName = new HashMap<>();
    for (String line : text.split("\n", -1)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Matcher sample = SAMPLE.matcher(line.strip());
      if (!sample.matches()) {
        throw invalid(line);
      }
      byName
          .computeIfAbsent(sample.group(1), name -> new ArrayList<>())
          .add(new Sample(labels(sample.group(2), line), number(sample.group(3), line)));
    }
    return new Samples(byName);
  }

  /** Whether there is any sample of this name. */
  boolean has(String name) {
    return byName.containsKey(name);
  }

  /** Returns the sum over all samples of a name; NaN if there is none. */
  double sum(String name) {
    return has(name) ? of(name).stream().mapToDouble(Sample::value).sum() : Double.NaN;
  }

  /** Returns the sums over the samples of a name by one label, in the order of the scrape. */
  Map<String, Double> sums(String name, String label) {
    return sums(name, label, labels -> true);
  }

  /** The same over those whose labels the filter takes. */
  Map<String, Double> sums(String name, String label, Predicate<Map<String, String>> filter) {
    Map<String, Double> sums = new LinkedHashMap<>();
    for (Sample sample : of(name)) {
      String value = sample.labels.get(label);
      if (value != null && filter.test(sample.labels)) {
        sums.merge(value, sample.value, Double::sum);
      }
    }
    return sums;
  }

  /** Returns a histogram: the counts up to each bound, over the samples that the filter takes. */
  NavigableMap<Double, Double> histogram(String name, Predicate<Map<String, String>> filter) {
    NavigableMap<Double, Double> counts = new TreeMap<>();
    sums(name + "_bucket", "le", filter)
        .forEach((bound, count) -> counts.merge(number(bound, bound), count, Double::sum));
    return counts;
  }

  private List<Sample> of(String name) {
    return byName.getOrDefault(name, List.of());
  }

  private static Map<String, String> labels(@Nullable String text, String line) {
    Map<String, String> labels = new HashMap<>();
    if (text == null || text.isBlank()) {
      return labels;
    }
    Matcher label = LABEL.matcher(text);
    int end = 0;
    while (label.find()) {
      labels.put(label.group(1), unescaped(label.group(2)));
      end = label.end();
    }
    if (end != text.length()) {
      throw invalid(line);
    }
    return labels;
  }

  private static String unescaped(String value) {
    return ESCAPE
        .matcher(value)
        .replaceAll(e -> Matcher.quoteReplacement(e.group(1).equals("n") ? "\n" : e.group(1)));
  }

  private static double number(String text, String line) {
    try {
      return switch (text) {
        case "+Inf" -> Double.POSITIVE_INFINITY;
        case "-Inf" -> Double.NEGATIVE_INFINITY;
        default -> Double.parseDouble(text);
      };
    } catch (NumberFormatException e) {
      throw invalid(line);
    }
  }

  private static IllegalArgumentException invalid(String line) {
    return new IllegalArgumentException("no metrics in Prometheus's format: " + Quote.line(line));
  }
}
