package io.redirectbalancer.command;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** Lines for whoever started the program, which it ends without when nobody reads them. */
final class StandardError {
  private static final long MAX_WAIT_MILLIS = TimeUnit.SECONDS.toMillis(1);

  private StandardError() {}

  /** Prints the lines; where a full pipe holds that up, returns after a second. */
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
      lines.forEach(System.err::println); // It may be that no thread can be had.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
