package io.redirectbalancer.admin;

import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaders;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import io.grpc.netty.shaded.io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.grpc.netty.shaded.io.netty.handler.codec.http.TooLongHttpLineException;
import io.redirectbalancer.admin.Endpoint.Response;
import io.redirectbalancer.admin.Route.Rejected;
import io.redirectbalancer.admin.Route.Served;
import java.util.Map;
import java.util.Objects;

/** Finds the endpoint that a request is for. */
final class Router {
  private final Map<String, Endpoint> endpoints;

  Router(Map<String, Endpoint> endpoints) {
    this.endpoints = Map.copyOf(endpoints);
  }

  /** Reads a request's head. */
  Route route(HttpRequest head) {
    if (head.decoderResult().isFailure()) {
      return unreadable(head.decoderResult().cause());
    }
    if (head.protocolVersion().majorVersion() != 1) {
      return rejected(505, "unknown HTTP version (expected: HTTP/1.1)");
    }
    HttpHeaders headers = head.headers();
    if (head.protocolVersion().equals(HttpVersion.HTTP_1_1)
        && headers.getAll(HttpHeaderNames.HOST).size() != 1) {
      return rejected(400, "invalid request (expected: one header Host)");
    }
    if (headers.contains(HttpHeaderNames.EXPECT)
        && !headers.containsValue(HttpHeaderNames.EXPECT, "100-continue", true)) {
      return rejected(417, "unknown expectation (expected: 100-continue)");
    }
    try {
      RequestTarget target = RequestTarget.parse(head.uri());
      Endpoint endpoint = endpoints.get(target.path());
      if (endpoint == null) {
        return rejected(404, "not found (GET / lists the paths)");
      }
      if (!endpoint.methods().contains(head.method().name())) {
        String allowed = String.join(", ", endpoint.methods());
        return new Rejected(
            Response.text(405, "method not allowed (expected: " + allowed + ")")
                .with("Allow", allowed));
      }
      return new Served(
          endpoint,
          target.path(),
          head.method().name(),
          target.query(),
          String.join(",", headers.getAll(HttpHeaderNames.ACCEPT)),
          Objects.requireNonNullElse(headers.get(HttpHeaderNames.AUTHORIZATION), ""));
    } catch (IllegalArgumentException e) {
      return rejected(400, "invalid request: " + e.getMessage());
    }
  }

  /** Returns the answer to a request that breaks HTTP's rules or the limits. */
  static Rejected unreadable(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return rejected(414, "request line of more than " + Limits.LINE_BYTES / 1024 + " KiB");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return rejected(
          431,
          "more than "
              + Limits.HEADERS
              + " headers or "
              + Limits.HEADER_BYTES / 1024
              + " KiB of them");
    }
    return rejected(400, "invalid request (expected: HTTP/1.1)");
  }

  static Rejected tooLarge() {
    return rejected(413, "body of more than " + Limits.BODY_BYTES / 1024 + " KiB");
  }

  private static Rejected rejected(int status, String line) {
    return new Rejected(Response.text(status, line));
  }
}
