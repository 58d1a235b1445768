package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Finds variables that are set, that no command reads, and that look like a mistyped known name: in
 * another case, up to two letters away, with an extra or missing word or underscore, with an
 * abbreviated or lengthened word, with another unit, or cut off.
 */
public final class LookAlikes {
  private static final int MAX_DISTANCE = 2;
  private static final int SHORT_WORD = 4;

  /** Words up to this length are others with two letters changed: STATE, STATIC. */
  private static final int ONE_LETTER_WORD = 5;

  private static final int SHORTEST_ABBREVIATION = 3;

  /** Variables that Kubernetes and Docker set for each service, whatever its name. */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_.*)?)");

  /** What OpenTelemetry's names begin with; its SDK reads many more than we name. */
  private static final String OPEN_TELEMETRY = "OTEL_";

  private static final Pattern LINK_VALUE = Pattern.compile("(tcp|udp|sctp)://.*");

  /** First words that other programs' names also have, after a prefix: OTEL_LOG_LEVEL. */
  private static final Set<String> COMMON =
      Set.of("LOG", "TLS", "ADMIN", "INSTANCE", "MAX", "GRPC");

  private static final Set<String> UNITS =
      Set.of("MS", "MILLIS", "SEC", "SECS", "SECOND", "SECONDS", "MINUTES", "PERCENT", "PCT");

  private static final Map<Variable, List<String>> KNOWN = new EnumMap<>(Variable.class);

  static {
    for (Variable variable : Variable.values()) {
      if (!variable.name().startsWith(OPEN_TELEMETRY)) {
        KNOWN.put(variable, words(variable.name()));
      }
    }
  }

  private LookAlikes() {}

  /**
   * Returns a line for each such variable, with the likely name but without the value, which may be
   * secret.
   */
  public static List<String> warnings(Map<String, String> environment) {
    List<String> warnings = new ArrayList<>();
    new TreeMap<>(environment)
        .forEach(
            (name, value) -> {
              if (!isServiceLink(name, value) && !name.startsWith(OPEN_TELEMETRY)) {
                likely(name)
                    .ifPresent(
                        variable ->
                            warnings.add(
                                Quote.line(name)
                                    + " is set, but no command reads it; did you mean "
                                    + variable
                                    + "?"));
              }
            });
    return warnings;
  }

  private static boolean isServiceLink(String name, String value) {
    return SERVICE_LINK.matcher(name).matches()
        || (name.endsWith("_PORT") && LINK_VALUE.matcher(value).matches());
  }

  /**
   * Returns the variable that a name most likely stands for; empty for a known and for an unrelated
   * name.
   */
  static Optional<Variable> likely(String name) {
    if (KNOWN.keySet().stream().anyMatch(variable -> variable.name().equals(name))) {
      return Optional.empty();
    }
    List<String> words = words(name.toUpperCase(Locale.ROOT));
    Variable nearest = null;
    int least = Integer.MAX_VALUE;
    for (Variable variable : KNOWN.keySet()) {
      int distance = distance(words, KNOWN.getOrDefault(variable, List.of()));
      if (distance < least && distance <= MAX_DISTANCE) {
        least = distance;
        nearest = variable;
      }
    }
    return Optional.ofNullable(nearest);
  }

  private static int distance(List<String> words, List<String> known) {
    if (words.size() == known.size()) {
      int sum = 0;
      for (int i = 0; i < words.size() && sum <= MAX_DISTANCE; i++) {
        boolean unit = i > 0 && i == words.size() - 1;
        sum += wordDistance(words.get(i), known.get(i), words.size() > 1, unit);
      }
      if (sum <= MAX_DISTANCE) {
        return sum;
      }
    }
    if (differByAWord(words, known)) {
      return 1;
    }
    // An underscore may be missing, extra or misplaced.
    String joined = String.join("", known);
    String name = String.join("", words);
    int edits = edits(name, joined);
    if (joined.length() > SHORT_WORD && edits <= 1) {
      return edits;
    }
    boolean cutOff = joined.startsWith(name) && 3 * name.length() >= 2 * joined.length();
    return cutOff && words.size() > 1 ? MAX_DISTANCE : MAX_DISTANCE + 1;
  }

  /**
   * @param among whether the name has other words, which must match as well
   * @param last whether it is the last word, which may be a unit
   */
  private static int wordDistance(String word, String known, boolean among, boolean last) {
    int edits = edits(word, known);
    if (edits <= 1) {
      return edits;
    }
    if (among && (isAbbreviation(word, known) || isDrawnOut(word, known))) {
      return 1;
    }
    if (word.equals(known.replaceFirst("Y$", "IES"))) {
      return 1;
    }
    if (last && UNITS.contains(word) && UNITS.contains(known)) {
      return 1;
    }
    return known.length() <= ONE_LETTER_WORD ? MAX_DISTANCE + 1 : edits;
  }

  /** Whether a word begins like a longer one and has more of its letters, in order. */
  private static boolean isAbbreviation(String word, String known) {
    if (word.length() < SHORTEST_ABBREVIATION || word.charAt(0) != known.charAt(0)) {
      return false;
    }
    int found = 0;
    for (int i = 0; i < known.length() && found < word.length(); i++) {
      if (known.charAt(i) == word.charAt(found)) {
        found++;
      }
    }
    return found == word.length();
  }

  /** Whether a word continues a known one: {@code CERTIFICATE}, {@code HOSTNAME}. */
  private static boolean isDrawnOut(String word, String known) {
    return known.length() >= SHORT_WORD && word.startsWith(known);
  }

  /** Whether one has all words of the other, at least two, and one more. */
  private static boolean differByAWord(List<String> words, List<String> known) {
    List<String> longer = words.size() > known.size() ? words : known;
    List<String> shorter = words.size() > known.size() ? known : words;
    if (longer.size() != shorter.size() + 1 || shorter.size() < 2) {
      return false;
    }
    for (int i = 0; i < longer.size(); i++) {
      List<String> rest = new ArrayList<>(longer);
      rest.remove(i);
      boolean prefixed = i == 0 && longer == words;
      if (rest.equals(shorter) && !(prefixed && COMMON.contains(known.get(0)))) {
        return true;
      }
    }
    return false;
  }

  private static List<String> words(String name) {
    return Arrays.stream(name.split("[_.-]+")).filter(word -> !word.isEmpty()).toList();
  }

  /** Counts letters to insert, delete, replace or swap with the next one; exact up to 2. */
  private static int edits(String a, String b) {
    if (Math.abs(a.length() - b.length()) > MAX_DISTANCE) {
      return MAX_DISTANCE + 1;
    }
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        int replaced = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        edits[i][j] = Math.min(replaced, 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
        }
      }
    }
    return edits[a.length()][b.length()];
  }
}
