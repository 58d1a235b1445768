package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * Reads variables and collects errors instead of stopping at the first one. What it reads is handed
 * out as {@link Setting}s, which have their values once {@link #throwIfInvalid} has passed.
 *
 * <p>A variable that is blank counts as unset, except for lists: an empty list is not the default
 * one, and is invalid. Parsers say what is wrong with a value by an {@link
 * IllegalArgumentException}. Not thread-safe.
 */
public final class Environment {
  private final Variable.Reader reader;
  private final Map<String, String> variables;
  private final Map<Variable, List<String>> fields;
  private final List<ConfigurationError> errors = new ArrayList<>();

  /**
   * Nothing read yet.
   *
   * @param reader the command that reads; what {@link Variable} does not list for it, it cannot
   */
  public Environment(Variable.Reader reader, Map<String, String> variables) {
    this(reader, variables, Map.of());
  }

  /**
   * The same with values of a file in place of some variables.
   *
   * @param fields the entries of lists, one entry for anything else; none of them is blank
   */
  public Environment(
      Variable.Reader reader, Map<String, String> variables, Map<Variable, List<String>> fields) {
    this.reader = reader;
    this.variables = Map.copyOf(variables);
    this.fields = Map.copyOf(fields);
  }

  /** Reads what files hold that variables name. */
  @FunctionalInterface
  public interface FileReader<T> {
    /**
     * Reads the files.
     *
     * @throws ConfigurationException with everything that is wrong with them
     */
    T read() throws ConfigurationException;
  }

  /** Reads a variable that is required or has a default. */
  public <T> Setting<T> read(Variable variable, Function<String, T> parser) {
    String text = value(variable);
    return text.isEmpty() ? notSet(variable) : parsed(variable, text, parser);
  }

  /** Reads a variable that may be unset. */
  public <T> Setting<Optional<T>> readOptional(Variable variable, Function<String, T> parser) {
    String text = value(variable);
    return text.isEmpty()
        ? Setting.valid(variable, Optional.empty())
        : parsed(variable, text, parser).map(Optional::of);
  }

  /** The same for a list that its parser reads as one text. */
  public <T> Setting<Optional<T>> readOptionalList(Variable variable, Function<String, T> parser) {
    return isEmpty(variable) ? empty(variable) : readOptional(variable, parser);
  }

  /** Reads a comma-separated list, each entry on its own; errors name the entry's place. */
  public <T> Setting<List<T>> readList(Variable variable, Function<String, T> entryParser) {
    return readList(variable, entryParser, entries -> List.of());
  }

  /**
   * Reads a comma-separated list, each entry on its own, then all together.
   *
   * @param check finds errors across the entries, of which those are empty that are invalid by
   *     themselves; each begins with its place, such as {@code entry 2: ...}
   */
  public <T> Setting<List<T>> readList(
      Variable variable,
      Function<String, T> entryParser,
      Function<List<Optional<T>>, List<String>> check) {
    if (isEmpty(variable)) {
      return empty(variable);
    }
    List<String> entries = entries(variable);
    if (entries.isEmpty()) {
      return notSet(variable);
    }
    int errorsBefore = errors.size();
    List<Optional<T>> values = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      values.add(parsed(variable, "entry " + (i + 1), entries.get(i), entryParser));
    }
    for (String error : check.apply(values)) {
      int colon = error.indexOf(": ");
      errors.add(
          new ConfigurationError(
              variable.name(), error.substring(0, colon), error.substring(colon + 2)));
    }
    return errors.size() > errorsBefore
        ? Setting.invalid(variable)
        : Setting.valid(variable, values.stream().map(Optional::orElseThrow).toList());
  }

  /** Reads a whole number from {@code min} to {@code max}. */
  public Setting<Integer> readInt(Variable variable, int min, int max) {
    return read(variable, text -> wholeNumber(text, min, max));
  }

  /** Reads a whole number from {@code min} to {@code max}, or none. */
  public Setting<OptionalInt> readOptionalInt(Variable variable, int min, int max) {
    return readOptional(variable, text -> wholeNumber(text, min, max))
        .map(number -> number.map(OptionalInt::of).orElse(OptionalInt.empty()));
  }

  /** Reads one of some words, in any case. */
  public Setting<String> readWord(Variable variable, String... words) {
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

  /** Reads {@code on} or {@code off}: whether it is on. */
  public Setting<Boolean> readSwitch(Variable variable) {
    return readWord(variable, "on", "off").map("on"::equals);
  }

  /** Adds an error that no single variable shows. */
  public void addError(ConfigurationError error) {
    errors.add(error);
  }

  /** Reads the files that a variable, alone or with others, names. */
  public <T> Setting<T> readFiles(Variable variable, FileReader<T> reader) {
    try {
      return Setting.valid(variable, reader.read());
    } catch (ConfigurationException e) {
      errors.addAll(e.errors());
      return Setting.invalid(variable);
    }
  }

  /** Whether the variable is set to anything, its default not included. */
  public boolean isGiven(Variable variable) {
    return !given(variable, "").isBlank();
  }

  /** Whether the variable is set, but to nothing. */
  public boolean isEmpty(Variable variable) {
    return !fields.containsKey(variable) && given(variable, "-").isBlank();
  }

  /** Whether the variable has a value, its default included. */
  public boolean isSet(Variable variable) {
    return !value(variable).isEmpty();
  }

  /** The entries of a list, or of its default, without blanks around them; empty for neither. */
  public List<String> entries(Variable variable) {
    List<String> ofFile = fields.get(variable);
    String text = value(variable);
    return ofFile != null ? ofFile : text.isEmpty() ? List.of() : split(text);
  }

  /** The entries of a comma-separated list, without blanks around them. */
  public static List<String> split(String list) {
    return Arrays.stream(list.split(",", -1)).map(String::strip).toList();
  }

  /** The variable's text without blanks around it, or its default; empty for neither. */
  public String value(Variable variable) {
    String text = given(variable, "").strip();
    return text.isEmpty() ? Objects.requireNonNullElse(variable.defaultValue(reader), "") : text;
  }

  /** All errors so far, in the order in which they were found. */
  public List<ConfigurationError> errors() {
    return List.copyOf(errors);
  }

  /**
   * Ends the reading.
   *
   * @throws ConfigurationException if there was any error, with all of them
   */
  public void throwIfInvalid() throws ConfigurationException {
    if (!errors.isEmpty()) {
      throw new ConfigurationException(errors);
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

  private String given(Variable variable, String otherwise) {
    if (!variable.isReadBy(reader)) {
      throw new IllegalStateException(reader + " does not read " + variable);
    }
    List<String> ofFile = fields.get(variable);
    return ofFile == null ? variables.getOrDefault(variable.name(), otherwise) : ofFile.get(0);
  }

  private <T> Setting<T> notSet(Variable variable) {
    addError(new ConfigurationError(variable, "not set (expected: " + variable.meaning() + ")"));
    return Setting.invalid(variable);
  }

  private <T> Setting<T> empty(Variable variable) {
    String hint = variable.defaultValue(reader) == null ? "" : "; leave it unset for its default";
    addError(
        new ConfigurationError(variable, "empty (expected: " + variable.meaning() + hint + ")"));
    return Setting.invalid(variable);
  }

  private <T> Setting<T> parsed(Variable variable, String text, Function<String, T> parser) {
    return parsed(variable, "", text, parser)
        .map(value -> Setting.valid(variable, value))
        .orElseGet(() -> Setting.invalid(variable));
  }

  private <T> Optional<T> parsed(
      Variable variable, String place, String text, Function<String, T> parser) {
    try {
      return Optional.of(parser.apply(text));
    } catch (IllegalArgumentException e) {
      addError(new ConfigurationError(variable.name(), place, String.valueOf(e.getMessage())));
      return Optional.empty();
    }
  }
}
