package io.redirectbalancer.admin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Answers the requests for one path of the admin port. Implementations are thread-safe. */
@FunctionalInterface
public interface Endpoint {
  /** Answers one request with an allowed method. */
  Response answer(Request request) throws IOException;

  /** Returns what it answers, in one line. */
  default String summary() {
    return "";
  }

  /**
   * Returns whether it answers within microseconds under any load; all other endpoints wait for the
   * worker.
   */
  default boolean isInstant() {
    return false;
  }

  /** Returns the allowed methods; by default GET and HEAD. */
  default List<String> methods() {
    return List.of("GET", "HEAD");
  }

  /** The content type of plain text. */
  String TEXT = "text/plain; charset=utf-8";

  /**
   * A request.
   *
   * @param method GET, HEAD or POST
   * @param query the query's parameters, decoded
   * @param accept the Accept header, empty if there is none
   * @param body in UTF-8, empty if there is none
   */
  record Request(String method, Map<String, String> query, String accept, String body) {
    /** Whether it may change something. */
    public boolean isPost() {
      return method.equals("POST");
    }

    /**
     * Returns the query's parameters with those that the body has as a form.
     *
     * @throws IllegalArgumentException if the body is no form, or a parameter is given twice
     */
    public Map<String, String> parameters() {
      return RequestTarget.parameters(query, body);
    }
  }

  /**
   * An answer, with the body in UTF-8.
   *
   * @param headers other than those of the body
   */
  record Response(int status, String contentType, String body, Map<String, String> headers) {
    public Response(int status, String contentType, String body) {
      this(status, contentType, body, Map.of());
    }

    /** Returns an answer of plain-text lines. */
    static Response text(int status, String lines) {
      return new Response(status, TEXT, lines + "\n");
    }

    static Response json(String body) {
      return new Response(200, "application/json", body);
    }

    byte[] bytes() {
      return body.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the same answer with this header only. */
    Response with(String header, String value) {
      return new Response(status, contentType, body, Map.of(header, value));
    }
  }
}
