package io.redirectbalancer.command;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** Prints lines for the user; an unread pipe does not block the program's end. */
final class StandardError {
  private static final long MAX_WAIT_MILLIS = TimeUnit.SECONDS.toMillis(1);

  private StandardError() {}

  /** Prints the lines; if a full pipe blocks, returns after a second. */
  static void print(List<String> lines) {
    if (lines.isEmpty()) {
      return;
    }
    Thread printer = new Thread(() -> lines.forEach(System.err::println), "standard-error");
    printer.setDaemon(true);
    try {
      printer.start();
      printer.join(MAX_WAIT_MILLIS);
    } catch (OutOfMemoryError e) {
      lines.forEach(System.err::println); // No thread may be available.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
