package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads variables and collects mistakes instead of stopping at the first one. What it reads is
 * handed out as suppliers, which answer once {@link #throwIfMistaken} has passed.
 *
 * <p>A variable that is blank counts as unset, except for lists: an empty list is not the default
 * one, and is invalid. Parsers say what is wrong with a value by an {@link
 * IllegalArgumentException}. Not thread-safe.
 */
public final class Environment {
  private final Map<String, String> variables;
  private final List<String> mistakes = new ArrayList<>();

  public Environment(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  /** Reads a variable that is required or has a default. */
  public <T> Supplier<T> read(Variable variable, Function<String, T> parser) {
    String text = value(variable);
    if (text.isEmpty()) {
      mistakes.add(notSet(variable));
      return unreadable(variable);
    }
    T value = parsed(variable, "", text, parser);
    return value == null ? unreadable(variable) : () -> value;
  }

  /** Reads a variable that may be unset. */
  public <T> Supplier<Optional<T>> readOptional(Variable variable, Function<String, T> parser) {
    String text = value(variable);
    if (text.isEmpty()) {
      return Optional::empty;
    }
    T value = parsed(variable, "", text, parser);
    return value == null ? unreadable(variable) : () -> Optional.of(value);
  }

  /** The same for a list that its parser reads as one text. */
  public <T> Supplier<Optional<T>> readOptionalList(Variable variable, Function<String, T> parser) {
    if (isEmpty(variable)) {
      mistakes.add(empty(variable));
      return unreadable(variable);
    }
    return readOptional(variable, parser);
  }

  /** Reads a comma-separated list, each entry on its own; mistakes name the entry's place. */
  public <T> Supplier<List<T>> readList(Variable variable, Function<String, T> entryParser) {
    return readList(variable, entryParser, entries -> List.of());
  }

  /**
   * Reads a comma-separated list, each entry on its own, then all together.
   *
   * @param flaws finds mistakes across the entries, of which those are empty that are mistaken by
   *     themselves; each begins with its place, such as {@code entry 2: ...}
   */
  public <T> Supplier<List<T>> readList(
      Variable variable,
      Function<String, T> entryParser,
      Function<List<Optional<T>>, List<String>> flaws) {
    String text = value(variable);
    if (isEmpty(variable) || text.isEmpty()) {
      mistakes.add(isEmpty(variable) ? empty(variable) : notSet(variable));
      return unreadable(variable);
    }
    String[] entries = text.split(",", -1);
    List<Optional<T>> values = new ArrayList<>();
    for (int i = 0; i < entries.length; i++) {
      String place = " entry " + (i + 1);
      values.add(Optional.ofNullable(parsed(variable, place, entries[i].strip(), entryParser)));
    }
    flaws.apply(values).forEach(flaw -> mistakes.add(variable + " " + flaw));
    return () -> values.stream().map(Optional::orElseThrow).toList();
  }

  /** Reads a whole number from {@code min} to {@code max}. */
  public Supplier<Integer> readInt(Variable variable, int min, int max) {
    return read(variable, text -> wholeNumber(text, min, max));
  }

  /** Reads a whole number from {@code min} to {@code max}, or none. */
  public Supplier<OptionalInt> readOptionalInt(Variable variable, int min, int max) {
    var number = readOptional(variable, text -> wholeNumber(text, min, max));
    return () -> number.get().map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  /** Reads one of some words, in any case. */
  public Supplier<String> readWord(Variable variable, String... words) {
    return read(
        variable,
        text -> {
          String word = text.toLowerCase(Locale.ROOT);
          if (!Arrays.asList(words).contains(word)) {
            throw new IllegalArgumentException(
                Quote.line(text) + " (expected: one of " + String.join(", ", words) + ")");
          }
          return word;
        });
  }

  /** Adds a mistake that no single variable shows. */
  public void addMistake(String mistake) {
    mistakes.add(mistake);
  }

  /** Whether the variable is set to anything, its default not included. */
  public boolean isGiven(Variable variable) {
    return !variables.getOrDefault(variable.name(), "").isBlank();
  }

  /** Whether the variable is set, but to nothing. */
  public boolean isEmpty(Variable variable) {
    return variables.getOrDefault(variable.name(), "-").isBlank();
  }

  /** Whether the variable has a value, its default included. */
  public boolean isSet(Variable variable) {
    return !value(variable).isEmpty();
  }

  /** The variable's text without blanks around it, or its default; empty for neither. */
  public String value(Variable variable) {
    String text = variables.getOrDefault(variable.name(), "").strip();
    return text.isEmpty() ? Objects.requireNonNullElse(variable.defaultValue(), "") : text;
  }

  /**
   * Ends the reading.
   *
   * @throws ConfigurationException if there was any mistake, with all of them
   */
  public void throwIfMistaken() throws ConfigurationException {
    if (!mistakes.isEmpty()) {
      throw new ConfigurationException(mistakes);
    }
  }

  static int wholeNumber(String text, int min, int max) {
    if (text.matches("[0-9]{1,10}")) {
      long value = Long.parseLong(text);
      if (value >= min && value <= max) {
        return (int) value;
      }
    }
    throw new IllegalArgumentException(
        Quote.line(text) + " (expected: a whole number from " + min + " to " + max + ")");
  }

  /**
   * A file's name.
   *
   * @throws IllegalArgumentException if the locale has no such name
   */
  public static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          Quote.line(text)
              + ": not a file's name in this locale"
              + " (expected: ASCII, or a UTF-8 locale such as LC_ALL=C.UTF-8)",
          e);
    }
  }

  private static String notSet(Variable variable) {
    return variable + ": not set (expected: " + variable.meaning() + ")";
  }

  private static String empty(Variable variable) {
    String hint = variable.defaultValue() == null ? "" : "; leave it unset for its default";
    return variable + ": empty (expected: " + variable.meaning() + hint + ")";
  }

  private <T> @Nullable T parsed(
      Variable variable, String place, String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      mistakes.add(variable + place + ": " + e.getMessage());
      return null;
    }
  }

  private static <T> Supplier<T> unreadable(Variable variable) {
    return () -> {
      throw new IllegalStateException(variable + " was read although it is mistaken");
    };
  }
}
