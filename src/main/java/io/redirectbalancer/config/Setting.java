package io.redirectbalancer.config;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The result of reading a variable: its value, unless it is invalid. Immutable. */
public final class Setting<T> implements Supplier<T> {
  private final Variable variable;
  private final @Nullable T value;

  private Setting(Variable variable, @Nullable T value) {
    this.variable = variable;
    this.value = value;
  }

  static <T> Setting<T> valid(Variable variable, T value) {
    return new Setting<>(variable, value);
  }

  static <T> Setting<T> invalid(Variable variable) {
    return new Setting<>(variable, null);
  }

  /**
   * Returns the value, once {@link Environment#throwIfInvalid} has passed.
   *
   * @throws IllegalStateException if it is invalid
   */
  @Override
  public T get() {
    if (value == null) {
      throw new IllegalStateException(variable + " is used although it is invalid");
    }
    return value;
  }

  /**
   * Returns the value, for checks that depend on it; empty if it is invalid, which is already
   * reported.
   */
  public Optional<T> ifValid() {
    return Optional.ofNullable(value);
  }

  /** Returns a setting with the function applied to the value. */
  public <R> Setting<R> map(Function<? super T, ? extends R> function) {
    return new Setting<>(variable, value == null ? null : function.apply(value));
  }
}
