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
 * Reads variables and collects errors instead of stopping at the first one. It returns {@link
 * Setting}s, whose values are available once {@link #throwIfInvalid} has passed.
 *
 * <p>A blank variable counts as unset, except for lists: an empty list is not the default one, and
 * is invalid. Parsers report an invalid value by an {@link IllegalArgumentException}. Not
 * thread-safe.
 */
public final class Environment {
  private final Variable.Reader reader;
  private final Map<String, String> variables;
  private final Map<Variable, List<String>> fields;
  private final List<ConfigurationError> errors = new ArrayList<>();

  /**
   * Creates an environment of which nothing has been read yet.
   *
   * @param reader the command that reads; it can read only what {@link Variable} lists for it
   */
  public Environment(Variable.Reader reader, Map<String, String> variables) {
    this(reader, variables, Map.of());
  }

  /**
   * Creates an environment in which a file's values replace some variables.
   *
   * @param fields a list's entries, or one entry for anything else; none is blank
   */
  public Environment(
      Variable.Reader reader, Map<String, String> variables, Map<Variable, List<String>> fields) {
    this.reader = reader;
    this.variables = Map.copyOf(variables);
    this.fields = Map.copyOf(fields);
  }

  /** Reads files that variables name. */
  @FunctionalInterface
  public interface FileReader<T> {
    /**
     * Reads the files.
     *
     * @throws ConfigurationException with all errors in them
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

  /** Reads a list that may be unset and that its parser reads as one text. */
  public <T> Setting<Optional<T>> readOptionalList(Variable variable, Function<String, T> parser) {
    return isEmpty(variable) ? empty(variable) : readOptional(variable, parser);
  }

  /** Reads a comma-separated list, each entry on its own; errors name the entry's place. */
  public <T> Setting<List<T>> readList(Variable variable, Function<String, T> entryParser) {
    return readList(variable, entryParser, entries -> List.of());
  }

  /**
   * Reads a comma-separated list, each entry on its own, and checks them together.
   *
   * @param check finds errors across the entries, of which the invalid ones are empty
   */
  public <T> Setting<List<T>> readList(
      Variable variable,
      Function<String, T> entryParser,
      Function<List<Optional<T>>, List<ConfigurationError>> check) {
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
    errors.addAll(check.apply(values));
    return errors.size() > errorsBefore
        ? Setting.invalid(variable)
        : Setting.valid(variable, values.stream().map(Optional::orElseThrow).toList());
  }

  /** Reads a whole number from {@code min} to {@code max}. */
  public Setting<Integer> readInt(Variable variable, int min, int max) {
    return read(variable, text -> wholeNumber(text, min, max));
  }

  /** Reads a whole number from {@code min} to {@code max} that may be unset. */
  public Setting<OptionalInt> readOptionalInt(Variable variable, int min, int max) {
    return readOptional(variable, text -> wholeNumber(text, min, max))
        .map(number -> number.map(OptionalInt::of).orElse(OptionalInt.empty()));
  }

  /** Reads one of these words, ignoring case. */
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

  /** Reads {@code on} (true) or {@code off}. */
  public Setting<Boolean> readSwitch(Variable variable) {
    return readWord(variable, "on", "off").map("on"::equals);
  }

  /** Adds an error that concerns no single variable. */
  public void addError(ConfigurationError error) {
    errors.add(error);
  }

  /** Reads the files that a variable names, alone or with others. */
  public <T> Setting<T> readFiles(Variable variable, FileReader<T> reader) {
    try {
      return Setting.valid(variable, reader.read());
    } catch (ConfigurationException e) {
      errors.addAll(e.errors());
      return Setting.invalid(variable);
    }
  }

  /** Whether the variable is set to anything, ignoring its default. */
  public boolean isGiven(Variable variable) {
    return !given(variable, "").isBlank();
  }

  /** Whether the variable is set, but blank. */
  public boolean isEmpty(Variable variable) {
    return !fields.containsKey(variable) && given(variable, "-").isBlank();
  }

  /** Whether the variable has a value, counting its default. */
  public boolean isSet(Variable variable) {
    return !value(variable).isEmpty();
  }

  /** Returns the stripped entries of a list, or of its default; empty if it has neither. */
  public List<String> entries(Variable variable) {
    List<String> ofFile = fields.get(variable);
    String text = value(variable);
    return ofFile != null ? ofFile : text.isEmpty() ? List.of() : split(text);
  }

  /** Returns the stripped entries of a comma-separated list. */
  public static List<String> split(String list) {
    return Arrays.stream(list.split(",", -1)).map(String::strip).toList();
  }

  /** Returns the variable's stripped text, or its default; empty if it has neither. */
  public String value(Variable variable) {
    String text = given(variable, "").strip();
    return text.isEmpty() ? Objects.requireNonNullElse(variable.defaultValue(reader), "") : text;
  }

  /** Returns all errors so far, in the order found. */
  public List<ConfigurationError> errors() {
    return List.copyOf(errors);
  }

  /**
   * Ends reading.
   *
   * @throws ConfigurationException with all errors, if there were any
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
