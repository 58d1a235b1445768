package io.redirectbalancer.admin;

import java.io.IOException;

/** Answers GET requests for one path of the admin port. Implementations are thread-safe. */
@FunctionalInterface
public interface Endpoint {
  /**
   * Answers one request.
   *
   * @param accept the request's Accept header, empty if it has none
   */
  Response get(String accept) throws IOException;

  /** What goes back, the body in UTF-8. */
  record Response(int status, String contentType, String body) {
    /** A line of plain text. */
    static Response text(int status, String line) {
      return new Response(status, "text/plain; charset=utf-8", line + "\n");
    }
  }
}
