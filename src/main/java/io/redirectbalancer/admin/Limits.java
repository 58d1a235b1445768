package io.redirectbalancer.admin;

import java.time.Duration;

/**
 * The admin port's limits, so that no client can starve the others, or the calls of memory.
 *
 * @param connections open at once; a further one closes the one that has waited the longest
 * @param waitingRequests different requests for one path that wait for the worker; a further one
 *     gets 503
 * @param unsentBytes of all answers that clients have not read yet; beyond that, the connections
 *     whose answers have waited the longest are closed
 * @param request from the connection, or a request's first byte, to the request's last byte
 * @param answer from a request's last byte to the answer, and again to the answer's last byte
 * @param idle between an answer and the next request
 * @param end from the last answer until the client has closed its side
 * @param close for answers under way when the server closes
 */
record Limits(
    int connections,
    int waitingRequests,
    int unsentBytes,
    Duration request,
    Duration answer,
    Duration idle,
    Duration end,
    Duration close) {
  /** Holds a URL of 8192 bytes, all percent-encoded, and the rest of the line. */
  static final int LINE_BYTES = 32 * 1024;

  static final int HEADER_BYTES = 8 * 1024;
  static final int HEADERS = 64;
  static final int BODY_BYTES = 64 * 1024;

  /** Of all bodies that are not complete; more would not stay in the young generation. */
  static final int BODIES_BYTES = 1024 * 1024;

  /**
   * Requests that are delayed because of wrong tokens; together with those at work they leave room
   * for others.
   */
  static final int WAITING_TOKENS = 16;

  static final Limits DEFAULT =
      new Limits(
          96,
          8,
          4 * 1024 * 1024,
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(60),
          Duration.ofSeconds(5),
          Duration.ofSeconds(1));
}
