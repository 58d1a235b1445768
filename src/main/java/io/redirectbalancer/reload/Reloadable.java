package io.redirectbalancer.reload;

/**
 * Something read from files and replaced while calls are served. Only one thread at a time calls
 * it.
 */
public interface Reloadable {
  /** Reads the files again if their content has changed; called once a second. */
  void reloadIfChanged();

  /** Reads the files again in any case, and logs the result. */
  void reload();
}
