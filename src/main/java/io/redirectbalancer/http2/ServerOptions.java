package io.redirectbalancer.http2;

import java.time.Duration;
import java.util.Optional;

/**
 * What the server says of itself, and what it allows.
 *
 * @param instanceName the value of {@code served-by} in answers, if any
 * @param timing how long connections live
 */
public record ServerOptions(Optional<String> instanceName, Limits limits, Timing timing) {

  /**
   * The times of a connection's life.
   *
   * @param handshake until the client's first settings have arrived
   * @param request from the first byte of a frame, of headers or of a request to its last
   * @param unread without progress of answers that the client does not read or gives no window for
   * @param maxIdle without a call; then the connection is closed gracefully
   * @param maxAge then the connection is closed gracefully, ±10 %; zero for never
   * @param grace from the beginning of a graceful close to its end
   * @param keepAlive without any byte from the client; then the server sends a ping
   * @param keepAliveTimeout without any byte after that; then the connection is closed
   * @param minPing between two pings of the client; after three that come earlier the connection is
   *     closed
   */
  public record Timing(
      Duration handshake,
      Duration request,
      Duration unread,
      Duration maxIdle,
      Duration maxAge,
      Duration grace,
      Duration keepAlive,
      Duration keepAliveTimeout,
      Duration minPing) {

    /** Returns the usual times. */
    public static Timing withMaxAge(Duration maxAge) {
      return new Timing(
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(20),
          Duration.ofMinutes(5),
          maxAge,
          Duration.ofSeconds(30),
          Duration.ofHours(2),
          Duration.ofSeconds(20),
          Duration.ofSeconds(30));
    }
  }
}
