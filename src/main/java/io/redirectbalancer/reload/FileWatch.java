package io.redirectbalancer.reload;

import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks once a second whether files have changed, one after the other. Thread-safe. */
public final class FileWatch {
  private static final Logger log = LoggerFactory.getLogger(FileWatch.class);

  private final List<Reloadable> watched;

  /** Creates a watch that is not started. From now on only it may use what it watches. */
  public FileWatch(List<Reloadable> watched) {
    this.watched = List.copyOf(watched);
  }

  /**
   * Starts watching, if there is anything to watch.
   *
   * @param scheduler runs the checks; reading files blocks
   */
  public void start(ScheduledExecutorService scheduler) {
    if (!watched.isEmpty()) {
      var unused = scheduler.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }
  }

  /** Reads all files again, whether they have changed or not. */
  public void reload() {
    if (watched.isEmpty()) {
      log.info("asked to reload, but there is no file to read again");
    }
    forEach(Reloadable::reload);
  }

  /** Reloads what has changed. */
  void look() {
    forEach(Reloadable::reloadIfChanged);
  }

  private synchronized void forEach(Consumer<Reloadable> action) {
    for (Reloadable one : watched) {
      try {
        action.accept(one);
      } catch (RuntimeException | Error e) {
        // Otherwise neither this file nor the others would be checked again.
        log.atError()
            .addKeyValue("files", one.toString())
            .setCause(e)
            .log("reloading files failed");
      }
    }
  }
}
