package io.redirectbalancer.probe;

import java.util.concurrent.CompletionException;

/**
 * What came of a probe.
 *
 * @param detail what was found, on one line, for the log
 */
record ProbeResult(boolean healthy, String detail) {
  private static final int MAX_DETAIL = 200;

  /** An answer of this HTTP status. */
  static ProbeResult ofStatus(int status) {
    return new ProbeResult(status >= 200 && status < 400, "status " + status);
  }

  /** No answer, for this reason. */
  static ProbeResult ofError(Throwable error) {
    boolean wrapped = error instanceof CompletionException && error.getCause() != null;
    // Part of the text may come from the CDN.
    String text = String.valueOf(wrapped ? error.getCause() : error).replaceAll("\\p{Cntrl}", "?");
    return noAnswer(text.substring(0, Math.min(text.length(), MAX_DETAIL)));
  }

  static ProbeResult noAnswer(String why) {
    return new ProbeResult(false, why);
  }
}
