package io.redirectbalancer.transport;

import io.redirectbalancer.url.Quote;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Describes exceptions on one line, in words that need no knowledge of Java. */
public final class ErrorText {
  private static final int MAX_LENGTH = 500;
  private static final int MAX_CAUSES = 20;
  private static final String CLOSED = "connection closed by the other side";

  private static final Pattern EXCEPTION_NAME =
      Pattern.compile("\\b(?:[a-z_]\\w*\\.)+(?:\\w+[.$])*\\w*(?:Exception|Error)\\b(?::\\s*)?");

  /** A connection's target as the JDK and Netty write it: {@code name/address:port}. */
  private static final Pattern PEER =
      Pattern.compile("(?<host>[\\w.-]*)/(?<address>[0-9A-Fa-f.:%\\[\\]]+):(?<port>\\d+)");

  private static final Pattern UNKNOWN_HOST =
      Pattern.compile("(?:Unable to resolve host |UnknownHostException: )(?<host>[\\w.-]+)");

  private static final Pattern HOST_FIRST = Pattern.compile("(?<host>[\\w.-]+)(?:: .*)?");

  /**
   * Messages of the kernel and the libraries, in lower case, and their meanings; the first match
   * applies.
   */
  private static final Map<String, String> PHRASES = new LinkedHashMap<>();

  static {
    PHRASES.put("connection refused", "connection refused");
    PHRASES.put("temporary failure in name resolution", "the name server does not answer");
    PHRASES.put("no route to host", "no route to host");
    PHRASES.put("network is unreachable", "network unreachable");
    PHRASES.put("address already in use", "address already in use");
    PHRASES.put("cannot assign requested address", "not an address of this machine");
    PHRASES.put("too many open files", "too many open files (expected: a higher ulimit -n)");
    PHRASES.put(
        "unable to create native thread",
        "no further thread can be started (expected: a higher ulimit -u or pids limit)");
    PHRASES.put("java heap space", "out of memory");
    PHRASES.put("connection reset", CLOSED);
    PHRASES.put("broken pipe", CLOSED);
    PHRASES.put("network closed for unknown reason", CLOSED);
    PHRASES.put("received no bytes", CLOSED);
    PHRASES.put("first received frame was not settings", "no HTTP/2 server there");
    PHRASES.put("not an ssl/tls record", "no TLS there");
    PHRASES.put("connection timed out", "timed out");
    PHRASES.put(
        "unable to find valid certification path",
        "the certificate is not signed by an authority that is trusted here");
  }

  /** What to look for in a chain of causes, the most specific first. */
  private static final List<Kind> KINDS =
      List.of(
          new Kind(UnknownHostException.class, ErrorText::noSuchHost),
          kind(UnresolvedAddressException.class, "no such host"),
          kind(NoRouteToHostException.class, "no route to host"),
          kind(SocketTimeoutException.class, "timed out"),
          kind(HttpTimeoutException.class, "timed out"),
          kind(TimeoutException.class, "timed out"),
          new Kind(ConnectException.class, m -> m.isEmpty() ? "connection refused" : plain(m)),
          kind(ClosedChannelException.class, CLOSED),
          kind(EOFException.class, CLOSED),
          new Kind(NoSuchFileException.class, file -> "no such file: " + plain(file)),
          new Kind(AccessDeniedException.class, file -> "permission denied: " + plain(file)),
          kind(OutOfMemoryError.class, "out of memory"),
          new Kind(ClassNotFoundException.class, ErrorText::unreadableClass),
          new Kind(NoClassDefFoundError.class, ErrorText::unreadableClass));

  private ErrorText() {}

  /**
   * Returns the known meaning of the exception or one of its causes, or else the last one's
   * message.
   */
  public static String of(Throwable error) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable cause = error;
        cause != null && chain.size() < MAX_CAUSES;
        cause = cause.getCause()) {
      chain.add(cause);
    }
    Optional<String> phrase =
        chain.stream().map(one -> phrase(message(one))).filter(Objects::nonNull).findFirst();
    return phrase
        .or(() -> KINDS.stream().flatMap(kind -> kind.in(chain).stream()).findFirst())
        .orElseGet(() -> lastMessage(chain));
  }

  /** Describes a text that may quote exceptions, such as gRPC's descriptions. */
  public static String of(String text) {
    String phrase = phrase(text);
    return phrase == null ? plain(text) : phrase;
  }

  /** A kind of exception, whatever its message. */
  private record Kind(Class<? extends Throwable> type, Function<String, String> meaning) {
    Optional<String> in(List<Throwable> chain) {
      return chain.stream()
          .filter(type::isInstance)
          .findFirst()
          .map(e -> meaning.apply(message(e)));
    }
  }

  private static Kind kind(Class<? extends Throwable> type, String meaning) {
    return new Kind(type, message -> meaning);
  }

  private static String noSuchHost(String message) {
    Matcher host = HOST_FIRST.matcher(message);
    return "no such host" + (host.matches() ? ": " + host.group("host") : "");
  }

  private static String unreadableClass(String message) {
    return "a part of the program cannot be read: "
        + message.replace("Could not initialize class ", "").replace('/', '.')
        + " (expected: the folder lib beside the jar)";
  }

  private static String lastMessage(List<Throwable> chain) {
    for (int i = chain.size() - 1; i >= 0; i--) {
      String message = plain(message(chain.get(i)));
      if (!message.isEmpty()) {
        return message;
      }
    }
    return "internal error";
  }

  private static String message(Throwable error) {
    return Objects.requireNonNullElse(error.getMessage(), "");
  }

  private static @Nullable String phrase(String text) {
    String lowerCase = text.toLowerCase(Locale.ROOT);
    for (Map.Entry<String, String> phrase : PHRASES.entrySet()) {
      if (lowerCase.contains(phrase.getKey())) {
        return phrase.getValue() + peer(text);
      }
    }
    Matcher unknown = UNKNOWN_HOST.matcher(text);
    return unknown.find() ? "no such host: " + unknown.group("host") : null;
  }

  private static String peer(String text) {
    Matcher peer = PEER.matcher(text);
    if (!peer.find()) {
      return "";
    }
    String host = peer.group("host").isEmpty() ? peer.group("address") : peer.group("host");
    return ": " + host + ":" + peer.group("port");
  }

  private static String plain(String text) {
    String firstLine = text.strip().lines().findFirst().orElse("");
    String printable = Quote.printable(EXCEPTION_NAME.matcher(firstLine).replaceAll("")).strip();
    return printable.substring(0, Math.min(printable.length(), MAX_LENGTH));
  }
}
