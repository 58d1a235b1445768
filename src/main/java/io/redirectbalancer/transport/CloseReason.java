package io.redirectbalancer.transport;

import java.util.Locale;

/** Why a connection was closed that its client would have kept: the label values of a counter. */
public enum CloseReason {
  MAX_CONNECTIONS("MAX_CONNECTIONS are open"),
  MAX_CONNECTIONS_PER_ADDRESS("MAX_CONNECTIONS_PER_ADDRESS are open from its address"),
  MEMORY("memory is scarce, and it holds most of it"),
  HANDSHAKE_TIMEOUT("no TLS handshake and HTTP/2 settings in time"),
  TLS("an error of TLS, or TLS where it is required"),
  PROTOCOL("an error of HTTP/2"),
  REQUEST_TIMEOUT("the rest of a frame or of headers did not arrive in time"),
  UNREAD_ANSWERS("its answers are not read"),
  UNFINISHED_REQUESTS("its unfinished requests hold too many bytes"),
  RESETS("too many streams reset by the client"),
  PROVOKED_RESETS("too many streams that had to be reset"),
  USELESS_FRAMES("too many frames that bring no progress"),
  PINGS("too many pings"),
  KEEP_ALIVE_TIMEOUT("no answer to a ping");

  private final String text;

  CloseReason(String text) {
    this.text = text;
  }

  /** Returns the value of the label {@code reason}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the reason in words, for the log. */
  public String text() {
    return text;
  }

  /** Whether it is a limit, rather than an error that any port scanner makes. */
  boolean isLimit() {
    return this != TLS && this != PROTOCOL;
  }
}
