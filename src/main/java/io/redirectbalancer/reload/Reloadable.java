package io.redirectbalancer.reload;

/** What is read from files and replaced while calls are served. One thread at a time calls it. */
public interface Reloadable {
  /** Reads the files again if they hold anything else than before; called once a second. */
  void reloadIfChanged();

  /** Reads the files again in any case, and logs what became of it. */
  void reload();
}
