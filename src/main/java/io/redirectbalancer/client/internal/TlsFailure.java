package io.redirectbalancer.client.internal;

import io.grpc.Status;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Why a connection by TLS failed, in words for whoever has to mend it. */
final class TlsFailure {
  /** As the JDK puts it; the host is what was called. */
  private static final Pattern OTHER_HOST =
      Pattern.compile("^No (?:subject alternative|name).* matching (?:IP address )?(\\S+) found");

  /** A host with an underscore, for one. */
  private static final Pattern ILLEGAL_HOST = Pattern.compile("^Illegal given domain name: (\\S+)");

  private static final Pattern NO_AUTHORITY =
      Pattern.compile(
          "unable to find valid certification path|does not chain with|signature check failed");

  /** An alert of the other side's (RFC 8446, section 6), as BoringSSL and the JDK name it. */
  private static final Pattern ALERT = Pattern.compile("(?:ALERT_|fatal alert: )(\\w+)");

  /** What gRPC says without a cause, and what it may mean. */
  private static final String CLOSED_IN_HANDSHAKE = "Connection closed while performing TLS";

  private static final String CLOSED_AT_ONCE = "Network closed for unknown reason";

  private TlsFailure() {}

  /** The status with these words for its description, or as it is where TLS is not the reason. */
  static Status explain(Status status) {
    String text = explain(Objects.requireNonNullElse(status.getDescription(), ""));
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      // The deepest cause says most.
      String found = explain(cause);
      text = found == null ? text : found;
    }
    return text == null ? status : status.withDescription(text).withCause(null);
  }

  private static @Nullable String explain(String description) {
    if (description.startsWith(CLOSED_IN_HANDSHAKE)) {
      return "the server closed the connection during the TLS handshake";
    }
    return description.startsWith(CLOSED_AT_ONCE)
        ? "the server closed the connection at once; does it expect TLS?"
        : null;
  }

  private static @Nullable String explain(Throwable cause) {
    String message = Objects.requireNonNullElse(cause.getMessage(), "");
    if (cause instanceof CertificateExpiredException) {
      return "the server's certificate has expired";
    }
    if (cause instanceof CertificateNotYetValidException) {
      return "the server's certificate is not valid yet";
    }
    if (cause instanceof CertificateException) {
      Matcher host = OTHER_HOST.matcher(message);
      Matcher illegal = ILLEGAL_HOST.matcher(message);
      if (illegal.find()) {
        return "Java checks no certificate for a host such as "
            + illegal.group(1)
            + ": TLS wants letters, digits and hyphens in it";
      }
      return host.find()
          ? "the server's certificate is not for " + host.group(1)
          : untrusted(message);
    }
    if (cause instanceof CertPathBuilderException || cause instanceof CertPathValidatorException) {
      return untrusted(message);
    }
    // Netty's own class, by its name, since it is one of the TLS library's.
    if (cause.getClass().getSimpleName().equals("NotSslRecordException")) {
      return "the server does not speak TLS on this port";
    }
    Matcher alert = ALERT.matcher(message);
    return alert.find() ? explainAlert(alert.group(1).toLowerCase(Locale.ROOT)) : null;
  }

  private static String untrusted(String message) {
    String reason =
        NO_AUTHORITY.matcher(message).find()
            ? "no authority that is trusted here has signed it"
            : message;
    return "the server's certificate is not trusted: " + reason;
  }

  private static String explainAlert(String alert) {
    return switch (alert) {
      case "certificate_required" -> "the server requires a client certificate";
      case "unknown_ca", "bad_certificate", "certificate_unknown", "unsupported_certificate" ->
          "the server does not accept the client certificate";
      case "certificate_expired" -> "the server takes the client certificate for expired";
      default ->
          "the server ended the TLS handshake ("
              + alert.replace('_', ' ')
              + "); does it accept the client certificate?";
    };
  }
}
