package io.redirectbalancer.probe;

import io.redirectbalancer.transport.FailureText;
import java.io.IOException;
import java.net.BindException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/**
 * The result of a probe.
 *
 * @param detail the finding in one line, for the log
 */
record ProbeResult(boolean healthy, String detail) {
  private static final int MAX_DETAIL = 200;
  private static final int MAX_CAUSES = 20;

  /** Returns the result of an answer with this HTTP status. */
  static ProbeResult ofStatus(int status) {
    return new ProbeResult(status >= 200 && status < 400, "status " + status);
  }

  /** Returns the result of a probe without an answer. */
  static ProbeResult ofError(Throwable error) {
    return failed(FailureText.ofProbe(error));
  }

  /** Returns an unhealthy result with this detail. */
  static ProbeResult failed(String why) {
    // Part of the text may come from the CDN.
    String text = why.replaceAll("[^\\x20-\\x7e]", "?");
    return new ProbeResult(false, text.substring(0, Math.min(text.length(), MAX_DETAIL)));
  }

  /**
   * Returns whether an error says nothing about the CDN: this machine has no descriptor, port,
   * thread or memory left for the probe.
   */
  static boolean isOurOwn(Throwable error) {
    List<Throwable> causes = causes(error);
    return !(causes.get(0) instanceof IOException) || has(causes, BindException.class);
  }

  private static boolean has(List<Throwable> causes, Class<?> type) {
    return causes.stream().anyMatch(type::isInstance);
  }

  /** Returns the error and its causes, without the wrappers that futures add. */
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
