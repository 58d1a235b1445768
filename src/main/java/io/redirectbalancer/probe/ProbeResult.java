package io.redirectbalancer.probe;

import io.grpc.netty.shaded.io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * What came of a probe.
 *
 * @param detail what was found, on one line, for the log
 */
record ProbeResult(boolean healthy, String detail) {
  private static final int MAX_DETAIL = 200;
  private static final int MAX_CAUSES = 20;
  private static final String UNTRUSTED = "certificate not trusted: ";

  /** What the failures that operators meet are called; the first that is found counts. */
  private static final Map<Class<? extends Exception>, String> WORDS = new LinkedHashMap<>();

  static {
    WORDS.put(UnknownHostException.class, "no such host");
    WORDS.put(ConnectException.class, "connection refused");
    WORDS.put(NoRouteToHostException.class, "no route to host");
    WORDS.put(ClosedChannelException.class, "connection closed before a whole answer");
    WORDS.put(CertificateExpiredException.class, UNTRUSTED + "it has expired");
    WORDS.put(CertificateNotYetValidException.class, UNTRUSTED + "it is not valid yet");
    WORDS.put(CertPathBuilderException.class, UNTRUSTED + "no known authority has signed it");
    WORDS.put(NotSslRecordException.class, "no TLS on this port");
  }

  /** An answer of this HTTP status. */
  static ProbeResult ofStatus(int status) {
    return new ProbeResult(status >= 200 && status < 400, "status " + status);
  }

  /** No answer, for this reason. */
  static ProbeResult ofError(Throwable error) {
    List<Throwable> causes = causes(error);
    for (Map.Entry<Class<? extends Exception>, String> words : WORDS.entrySet()) {
      if (has(causes, words.getKey())) {
        return failed(words.getValue());
      }
    }
    Throwable last = causes.get(causes.size() - 1);
    String message = Objects.requireNonNullElse(last.getMessage(), "no reason known");
    if (last instanceof SSLPeerUnverifiedException || has(causes, CertificateException.class)) {
      return failed(UNTRUSTED + message);
    }
    return failed(
        (has(causes, SSLException.class) ? "TLS failed: " : "connection failed: ") + message);
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
