package io.redirectbalancer;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A scrape in the Prometheus text format, read independently of the library that wrote it. */
public final class Scrape {
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_]\\w*)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final Map<Sample, Double> samples = new LinkedHashMap<>();

  private record Sample(String name, Map<String, String> labels) {}

  private Scrape() {}

  /** Reads a scrape; a line that is neither a comment nor a sample is an error. */
  public static Scrape parse(String text) {
    Scrape scrape = new Scrape();
    for (String line : text.split("\n", -1)) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher sample = SAMPLE.matcher(line);
      if (!sample.matches()) {
        throw new IllegalArgumentException("neither comment nor sample: " + line);
      }
      scrape.samples.put(
          new Sample(sample.group(1), labels(sample.group(2))), number(sample.group(3)));
    }
    return scrape;
  }

  /** The sample of that name with exactly these labels, given as name, value, name, value. */
  public double value(String name, String... labels) {
    Map<String, String> wanted = new TreeMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      wanted.put(labels[i], labels[i + 1]);
    }
    Double value = samples.get(new Sample(name, wanted));
    if (value == null) {
      throw new IllegalArgumentException("no sample " + name + wanted);
    }
    return value;
  }

  /** The sum over all samples of that name. */
  public double sum(String name) {
    return samples.entrySet().stream()
        .filter(sample -> sample.getKey().name().equals(name))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  /** The names of all samples. */
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    samples.keySet().forEach(sample -> names.add(sample.name()));
    return names;
  }

  /** The names of the labels that the samples of that name have. */
  public Set<String> labelNames(String name) {
    Set<String> names = new LinkedHashSet<>();
    samples.keySet().stream()
        .filter(sample -> sample.name().equals(name))
        .forEach(sample -> names.addAll(sample.labels().keySet()));
    return names;
  }

  /** The values that a label has over the samples of that name, in the order of the scrape. */
  public Set<String> labelValues(String name, String label) {
    Set<String> values = new LinkedHashSet<>();
    samples.keySet().stream()
        .filter(sample -> sample.name().equals(name) && sample.labels().containsKey(label))
        .forEach(sample -> values.add(sample.labels().get(label)));
    return values;
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new TreeMap<>();
    if (text != null) {
      Matcher label = LABEL.matcher(text);
      while (label.find()) {
        labels.put(label.group(1), label.group(2));
      }
    }
    return labels;
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }
}
