package io.redirectbalancer.probe;

import io.redirectbalancer.transport.FailureText;
import java.io.IOException;
import java.net.BindException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/**
 * What came of a probe.
 *
 * @param detail what was found, on one line, for the log
 */
record ProbeResult(boolean healthy, String detail) {
  private static final int MAX_DETAIL = 200;
  private static final int MAX_CAUSES = 20;

  /** An answer of this HTTP status. */
  static ProbeResult ofStatus(int status) {
    return new ProbeResult(status >= 200 && status < 400, "status " + status);
  }

  /** No answer, for this reason. */
  static ProbeResult ofError(Throwable error) {
    return failed(FailureText.ofProbe(error));
  }

  /** No healthy answer, in words. */
  static ProbeResult failed(String why) {
    // Part of the text may come from the CDN.
    String text = why.replaceAll("[^\\x20-\\x7e]", "?");
    return new ProbeResult(false, text.substring(0, Math.min(text.length(), MAX_DETAIL)));
  }

  /**
   * Whether an error says nothing of the CDN: this machine has no descriptor, port, thread or
   * memory left to ask with.
   */
  static boolean isOurOwn(Throwable error) {
    List<Throwable> causes = causes(error);
    return !(causes.get(0) instanceof IOException) || has(causes, BindException.class);
  }

  private static boolean has(List<Throwable> causes, Class<?> type) {
    return causes.stream().anyMatch(type::isInstance);
  }

  /** The error and its causes, without what futures wrap it in. */
  private static List<Throwable> causes(Throwable error) {
    boolean wrapped = error instanceof CompletionException && error.getCause() != null;
    return Stream.iterate(
            wrapped ? Objects.requireNonNull(error.getCause()) : error,
            Objects::nonNull,
            Throwable::getCause)
        .limit(MAX_CAUSES)
        .toList();
  }
}
