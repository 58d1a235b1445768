package io.redirectbalancer.routes;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks once a second whether a file has changed, on a thread that lasts as long as the JVM. */
public final class RoutesFileWatch {
  private static final Logger log = LoggerFactory.getLogger(RoutesFileWatch.class);

  private final RoutesFile file;
  private final RouteReloads reloads;

  /** Watches nothing yet. The file is the watch's alone from now on. */
  public RoutesFileWatch(RoutesFile file, RouteReloads reloads) {
    this.file = file;
    this.reloads = reloads;
  }

  public void start() {
    Thread thread = new Thread(this::watch, "routes-file");
    thread.setDaemon(true);
    thread.start();
  }

  private void watch() {
    try {
      while (true) {
        TimeUnit.SECONDS.sleep(1);
        look();
      }
    } catch (InterruptedException e) {
      log.warn("no longer looking at the routes file");
    }
  }

  /** Reads the file again if it has changed. */
  void look() {
    try {
      if (file.hasChanged()) {
        reloads.reload(file);
      }
    } catch (RuntimeException e) {
      // Otherwise nobody would look again.
      log.atError()
          .addKeyValue("routes_file", file)
          .setCause(e)
          .log("looking at the routes file failed");
    }
  }
}
