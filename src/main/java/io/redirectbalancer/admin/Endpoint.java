package io.redirectbalancer.admin;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Answers the requests for one path of the admin port. Implementations are thread-safe. */
@FunctionalInterface
public interface Endpoint {
  /** Answers one request of an allowed method. */
  Response answer(Request request) throws IOException;

  /** What it answers, in a line. */
  default String summary() {
    return "";
  }

  /**
   * Whether it answers within microseconds, whatever else there is to do; all others wait for their
   * turn.
   */
  default boolean isInstant() {
    return false;
  }

  /** The methods that are allowed; GET and HEAD if nothing else is said. */
  default List<String> methods() {
    return List.of("GET", "HEAD");
  }

  /**
   * What was asked for.
   *
   * @param query the query's parameters, decoded
   * @param accept the Accept header, empty if there is none
   * @param body in UTF-8, empty if there is none
   */
  record Request(Map<String, String> query, String accept, String body) {}

  /**
   * What goes back, the body in UTF-8.
   *
   * @param headers other than those of the body
   */
  record Response(int status, String contentType, String body, Map<String, String> headers) {
    public Response(int status, String contentType, String body) {
      this(status, contentType, body, Map.of());
    }

    /** Lines of plain text. */
    static Response text(int status, String lines) {
      return new Response(status, "text/plain; charset=utf-8", lines + "\n");
    }

    static Response json(String body) {
      return new Response(200, "application/json", body);
    }

    /** The same with one header, and no other. */
    Response with(String header, String value) {
      return new Response(status, contentType, body, Map.of(header, value));
    }
  }
}
