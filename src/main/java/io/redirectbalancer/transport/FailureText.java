package io.redirectbalancer.transport;

import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.handler.ssl.NotSslRecordException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Describes why a peer could not be reached or did not answer, for the person who has to fix it:
 * for calls to a balancer and for probes of a CDN. {@link ErrorText} describes all other errors of
 * the process.
 */
public final class FailureText {
  private static final int MAX_CAUSES = 20;
  private static final String CLOSED = "connection closed by the server";
  private static final String CLOSED_EARLY = "connection closed before a whole answer";
  private static final String UNTRUSTED = "certificate not trusted: ";

  /** gRPC's messages without a cause. */
  private static final String CLOSED_IN_HANDSHAKE = "Connection closed while performing TLS";

  private static final String CLOSED_AT_ONCE = "Network closed for unknown reason";

  /** The JDK's message; the group is the host that was called. */
  private static final Pattern OTHER_HOST =
      Pattern.compile("^No (?:subject alternative|name).* matching (?:IP address )?(\\S+) found");

  /** For example, for a host with an underscore. */
  private static final Pattern ILLEGAL_HOST = Pattern.compile("^Illegal given domain name: (\\S+)");

  private static final Pattern NO_AUTHORITY =
      Pattern.compile(
          "unable to find valid certification path|does not chain with|signature check failed");

  /** An alert from the other side (RFC 8446, section 6), as BoringSSL and the JDK name it. */
  private static final Pattern ALERT = Pattern.compile("(?:ALERT_|fatal alert: )(\\w+)");

  /** What an exception means; the most specific first. */
  private enum Kind {
    NO_SUCH_HOST,
    CONNECTION_REFUSED,
    NO_ROUTE,
    TIMED_OUT,
    EXPIRED,
    NOT_YET_VALID,
    ILLEGAL_HOST,
    OTHER_HOST,
    UNTRUSTED,
    ALERT,
    NO_TLS,
    RESET,
    CLOSED,
    TLS;

    boolean isOfTls() {
      return compareTo(EXPIRED) >= 0 && compareTo(NO_TLS) <= 0;
    }
  }

  private record Cause(Kind kind, String message) {}

  private FailureText() {}

  /**
   * Returns why there is no connection to a balancer, on one line; null if the status's own
   * description says it all.
   *
   * @param certificate whether the client has a certificate to send
   */
  public static @Nullable String ofConnecting(Status status, boolean certificate) {
    Optional<Cause> cause = cause(status.getCause());
    if (cause.isEmpty() || !cause.get().kind().isOfTls()) {
      String description = firstLine(status.getDescription());
      if (description.startsWith(CLOSED_IN_HANDSHAKE)) {
        return "the server closed the connection during the TLS handshake";
      }
      if (description.startsWith(CLOSED_AT_ONCE)) {
        return "the server closed the connection at once; does it expect TLS?";
      }
    }
    return cause.map(one -> words(one, certificate)).orElseGet(() -> ofDescription(status));
  }

  /**
   * Returns why a call to a balancer failed, on one line; null if the status's own description says
   * it all.
   */
  public static @Nullable String ofCall(Status status) {
    return cause(status.getCause())
        .map(one -> words(one, false))
        .orElseGet(() -> ofDescription(status));
  }

  /** Returns why a probe got no answer. */
  public static String ofProbe(Throwable error) {
    Cause cause = cause(error).orElse(null);
    List<Throwable> chain = chain(error);
    String last = chain.get(chain.size() - 1).getMessage();
    String message = last == null ? "no reason known" : last;
    if (cause == null) {
      return "connection failed: " + message;
    }
    return switch (cause.kind()) {
      case NO_SUCH_HOST -> "no such host";
      case CONNECTION_REFUSED -> "connection refused";
      case NO_ROUTE -> "no route to host";
      case TIMED_OUT -> "no connection in time";
      case RESET, CLOSED -> CLOSED_EARLY;
      case EXPIRED -> UNTRUSTED + "it has expired";
      case NOT_YET_VALID -> UNTRUSTED + "it is not valid yet";
      case UNTRUSTED, OTHER_HOST, ILLEGAL_HOST ->
          UNTRUSTED
              + (isOfNoAuthority(cause.message()) ? "no known authority has signed it" : message);
      case NO_TLS -> "no TLS on this port";
      case ALERT, TLS -> "TLS failed: " + message;
    };
  }

  /** Returns the text for a call to a balancer. */
  private static String words(Cause cause, boolean certificate) {
    String message = cause.message();
    return switch (cause.kind()) {
      case NO_SUCH_HOST -> "no such host: " + message.replaceFirst(": .*", "");
      case CONNECTION_REFUSED -> "connection refused";
      case NO_ROUTE -> "no route to the server";
      case TIMED_OUT -> "no connection in time";
      case EXPIRED -> "the server's certificate has expired";
      case NOT_YET_VALID -> "the server's certificate is not valid yet";
      case ILLEGAL_HOST ->
          "Java cannot verify a certificate for a host such as "
              + group(ILLEGAL_HOST, message)
              + ": TLS allows only letters, digits and hyphens in it";
      case OTHER_HOST -> "the server's certificate is not for " + group(OTHER_HOST, message);
      case UNTRUSTED ->
          "the server's certificate is not trusted: "
              + (isOfNoAuthority(message)
                  ? "no authority that is trusted here has signed it"
                  : message);
      case ALERT -> ofAlert(group(ALERT, message).toLowerCase(Locale.ROOT), certificate);
      case NO_TLS -> "the server does not speak TLS on this port";
      case RESET -> "connection reset by the server";
      case CLOSED -> CLOSED;
      case TLS -> "TLS failed: " + message;
    };
  }

  private static String ofAlert(String alert, boolean certificate) {
    String notAccepted = "the server does not accept the client certificate";
    return switch (alert) {
      case "certificate_required" ->
          // A certificate that none of the server's authorities signed is not even sent.
          certificate ? notAccepted : "the server requires a client certificate";
      case "unknown_ca", "bad_certificate", "certificate_unknown", "unsupported_certificate" ->
          notAccepted;
      case "certificate_expired" -> "the server considers the client certificate expired";
      default ->
          "the server ended the TLS handshake ("
              + alert.replace('_', ' ')
              + "); does it accept the client certificate?";
    };
  }

  private static @Nullable String ofDescription(Status status) {
    String description = firstLine(status.getDescription());
    if (description.startsWith(CLOSED_AT_ONCE)) {
      return CLOSED;
    }
    if (description.startsWith("First received frame was not SETTINGS")
        || description.toLowerCase(Locale.ROOT).startsWith("http2 exception")) {
      return "the server does not speak gRPC in plaintext on this port";
    }
    if (description.startsWith("Channel shutdown")) {
      return "the client is closed";
    }
    if (description.contains("responded NOT_SERVING")) {
      return "not serving";
    }
    boolean saysNothing = description.isEmpty() || description.equals("io exception");
    Throwable cause = status.getCause();
    return saysNothing && cause != null ? firstLine(cause.getMessage()) : null;
  }

  /** Returns the most specific cause; of two of the same kind, the deeper one. */
  private static Optional<Cause> cause(@Nullable Throwable error) {
    return chain(error).stream()
        .flatMap(one -> kind(one).stream().map(kind -> new Cause(kind, message(one))))
        .reduce((a, b) -> b.kind().compareTo(a.kind()) <= 0 ? b : a);
  }

  private static List<Throwable> chain(@Nullable Throwable error) {
    return Stream.iterate(error, Objects::nonNull, Throwable::getCause).limit(MAX_CAUSES).toList();
  }

  private static Optional<Kind> kind(Throwable error) {
    String message = message(error);
    return Optional.ofNullable(error instanceof UnknownHostException ? Kind.NO_SUCH_HOST : null)
        .or(() -> kindOfTls(error, message))
        .or(() -> kindOfNetwork(error, message.toLowerCase(Locale.ROOT)));
  }

  private static Optional<Kind> kindOfTls(Throwable error, String message) {
    Kind kind = null;
    if (error instanceof CertificateExpiredException) {
      kind = Kind.EXPIRED;
    } else if (error instanceof CertificateNotYetValidException) {
      kind = Kind.NOT_YET_VALID;
    } else if (error instanceof CertificateException && ILLEGAL_HOST.matcher(message).find()) {
      kind = Kind.ILLEGAL_HOST;
    } else if (error instanceof CertificateException && OTHER_HOST.matcher(message).find()) {
      kind = Kind.OTHER_HOST;
    } else if (error instanceof CertificateException
        || error instanceof CertPathBuilderException
        || error instanceof CertPathValidatorException
        || error instanceof SSLPeerUnverifiedException) {
      kind = Kind.UNTRUSTED;
    } else if (error instanceof NotSslRecordException) {
      kind = Kind.NO_TLS;
    } else if (ALERT.matcher(message).find()) {
      kind = Kind.ALERT;
    } else if (error instanceof SSLException) {
      kind = Kind.TLS;
    }
    return Optional.ofNullable(kind);
  }

  private static Optional<Kind> kindOfNetwork(Throwable error, String message) {
    Kind kind = null;
    if (error instanceof ClosedChannelException) {
      kind = Kind.CLOSED;
    } else if (message.contains("connection refused")
        || (error instanceof ConnectException && message.isEmpty())) {
      kind = Kind.CONNECTION_REFUSED;
    } else if (message.contains("connection reset") || message.contains("broken pipe")) {
      kind = Kind.RESET;
    } else if (error instanceof NoRouteToHostException || message.contains("unreachable")) {
      kind = Kind.NO_ROUTE;
    } else if (error instanceof SocketException && message.contains("timed out")) {
      kind = Kind.TIMED_OUT;
    }
    return Optional.ofNullable(kind);
  }

  private static boolean isOfNoAuthority(String message) {
    return NO_AUTHORITY.matcher(message).find();
  }

  private static String group(Pattern pattern, String message) {
    Matcher matcher = pattern.matcher(message);
    return matcher.find() ? matcher.group(1) : message;
  }

  private static String message(Throwable error) {
    return firstLine(error.getMessage());
  }

  private static String firstLine(@Nullable String text) {
    return Objects.requireNonNullElse(text, "").lines().findFirst().orElse("").strip();
  }
}
