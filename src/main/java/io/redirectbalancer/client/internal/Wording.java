package io.redirectbalancer.client.internal;

import io.grpc.Status;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why a server or the network failed, in the words of those who call, not of gRPC or Netty. */
final class Wording {
  private static final String CLOSED = "connection closed by the server";

  private Wording() {}

  /** The reason behind a status, on one line; null if its own description is all there is. */
  static @Nullable String reason(Status status) {
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      String reason = ofCause(cause, firstLine(cause.getMessage()));
      if (reason != null) {
        return reason;
      }
    }
    return ofDescription(firstLine(status.getDescription()), status.getCause());
  }

  private static @Nullable String ofCause(Throwable cause, String message) {
    String lower = message.toLowerCase(Locale.ROOT);
    if (cause instanceof UnknownHostException) {
      return "no such host: " + message.replaceFirst(": .*", "");
    }
    if (cause instanceof SSLException) {
      return "TLS failed: " + message;
    }
    if (cause instanceof ClosedChannelException) {
      return CLOSED;
    }
    if (lower.contains("connection refused")) {
      return "connection refused";
    }
    if (lower.contains("connection reset") || lower.contains("broken pipe")) {
      return "connection reset by the server";
    }
    if (cause instanceof NoRouteToHostException || lower.contains("unreachable")) {
      return "no route to the server";
    }
    return cause instanceof SocketException && lower.contains("timed out")
        ? "no connection in time"
        : null;
  }

  private static @Nullable String ofDescription(String description, @Nullable Throwable cause) {
    if (description.startsWith("Network closed for unknown reason")) {
      return CLOSED;
    }
    if (description.startsWith("First received frame was not SETTINGS")
        || description.toLowerCase(Locale.ROOT).startsWith("http2 exception")) {
      return "no gRPC in plaintext is spoken there";
    }
    if (description.startsWith("Channel shutdown")) {
      return "the client is closed";
    }
    if (description.contains("responded NOT_SERVING")) {
      return "not serving";
    }
    boolean saysNothing = description.isEmpty() || description.equals("io exception");
    return saysNothing && cause != null ? firstLine(cause.getMessage()) : null;
  }

  private static String firstLine(@Nullable String text) {
    return Objects.requireNonNullElse(text, "").lines().findFirst().orElse("").strip();
  }
}
