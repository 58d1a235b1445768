package io.redirectbalancer.http2;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import io.redirectbalancer.trace.Tracing;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a request's headers say: RFC 9113, section 8.3, and gRPC over HTTP/2, "Requests".
 *
 * @param headers not to be changed
 * @param method the full name, such as {@code service/Method}; empty if there is an HTTP error
 * @param httpError the answer to a request that is no gRPC call
 * @param error how the call ends because of its headers
 * @param timeoutNanos negative if there is none
 * @param contentLength negative if there is none
 */
record RequestHead(
    Http2Headers headers,
    String method,
    @Nullable HttpError httpError,
    @Nullable Status error,
    long timeoutNanos,
    Encoding encoding,
    long contentLength)
    implements Tracing.Headers {

  /** How a request's messages are compressed. */
  enum Encoding {
    IDENTITY,
    GZIP
  }

  static final int NONE = -1;

  private static final AsciiString POST = AsciiString.cached("POST");
  private static final AsciiString CONNECT = AsciiString.cached("CONNECT");
  private static final AsciiString HOST = AsciiString.cached("host");
  private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
  private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
  private static final AsciiString GRPC_TIMEOUT = AsciiString.cached("grpc-timeout");
  private static final AsciiString GRPC_ENCODING = AsciiString.cached("grpc-encoding");
  private static final AsciiString GRPC = AsciiString.cached("application/grpc");
  private static final AsciiString GZIP = AsciiString.cached("gzip");
  private static final AsciiString IDENTITY = AsciiString.cached("identity");

  private static final Metadata.Key<String> ACCEPT_ENCODING =
      Metadata.Key.of("grpc-accept-encoding", Metadata.ASCII_STRING_MARSHALLER);

  private static final HttpError MALFORMED_TIMEOUT =
      new HttpError(
          400,
          Status.Code.INTERNAL,
          "malformed grpc-timeout (expected: up to 8 digits and one of n, u, m, S, M, H)");

  private static final int MAX_TIMEOUT_DIGITS = 8;
  private static final int MAX_LENGTH_DIGITS = 18;

  /**
   * Reads the headers.
   *
   * @return null if the request is malformed: RFC 9113, section 8.1.1
   */
  static @Nullable RequestHead read(Http2Headers headers) {
    CharSequence httpMethod = headers.method();
    CharSequence path = headers.path();
    long contentLength = contentLength(headers);
    if (httpMethod == null || headers.status() != null || contentLength < NONE) {
      return null;
    }
    if (isEmpty(path) || isEmpty(headers.scheme())) {
      // Only CONNECT comes without them: section 8.5.
      return CONNECT.contentEquals(httpMethod)
          ? noCall(headers, contentLength, methodNotAllowed(httpMethod))
          : null;
    }
    HttpError httpError = httpError(headers, httpMethod, path);
    if (httpError != null) {
      return noCall(headers, contentLength, httpError);
    }
    CharSequence timeout = headers.get(GRPC_TIMEOUT);
    long timeoutNanos = timeout == null ? NONE : nanos(timeout);
    if (timeoutNanos < NONE) {
      return noCall(headers, contentLength, MALFORMED_TIMEOUT);
    }
    CharSequence encoding = headers.get(GRPC_ENCODING);
    boolean gzip = encoding != null && GZIP.contentEquals(encoding);
    Status error = null;
    if (encoding != null && !gzip && !IDENTITY.contentEquals(encoding)) {
      error = Status.UNIMPLEMENTED.withDescription("Can't find decompressor for " + encoding);
    }
    return new RequestHead(
        headers,
        path.subSequence(1, path.length()).toString(),
        null,
        error,
        timeoutNanos,
        gzip ? Encoding.GZIP : Encoding.IDENTITY,
        contentLength);
  }

  @Override
  public @Nullable String get(String name) {
    CharSequence last = headers.get(name);
    if (last == null) {
      return null;
    }
    for (CharSequence value : headers.getAll(name)) {
      last = value;
    }
    return last.toString();
  }

  /** Returns what an answer with the error says beside its status. */
  Metadata errorHeaders() {
    Metadata metadata = new Metadata();
    if (error != null && error.getCode() == Status.Code.UNIMPLEMENTED) {
      metadata.put(ACCEPT_ENCODING, "identity,gzip");
    }
    return metadata;
  }

  private static RequestHead noCall(Http2Headers headers, long contentLength, HttpError error) {
    return new RequestHead(headers, "", error, null, NONE, Encoding.IDENTITY, contentLength);
  }

  private static @Nullable HttpError httpError(
      Http2Headers headers, CharSequence httpMethod, CharSequence path) {
    if (headers.authority() == null) {
      List<CharSequence> hosts = headers.getAll(HOST);
      if (hosts.size() > 1) {
        return new HttpError(400, Status.Code.INTERNAL, "Multiple host headers");
      }
    }
    if (path.charAt(0) != '/') {
      return new HttpError(
          404, Status.Code.UNIMPLEMENTED, "Expected path to start with /: " + path);
    }
    CharSequence contentType = headers.get(CONTENT_TYPE);
    if (contentType == null) {
      return new HttpError(415, Status.Code.INTERNAL, "Content-Type is missing from the request");
    }
    if (!isGrpc(contentType)) {
      return new HttpError(
          415, Status.Code.INTERNAL, "Content-Type '" + contentType + "' is not supported");
    }
    return POST.contentEquals(httpMethod) ? null : methodNotAllowed(httpMethod);
  }

  private static HttpError methodNotAllowed(CharSequence method) {
    return new HttpError(405, Status.Code.INTERNAL, "Method '" + method + "' is not supported");
  }

  private static boolean isGrpc(CharSequence contentType) {
    int length = GRPC.length();
    if (!AsciiString.regionMatches(contentType, true, 0, GRPC, 0, length)) {
      return false;
    }
    return contentType.length() == length
        || contentType.charAt(length) == '+'
        || contentType.charAt(length) == ';';
  }

  /** Returns less than {@link #NONE} for what is no length, or several: section 8.1.1. */
  private static long contentLength(Http2Headers headers) {
    CharSequence first = headers.get(CONTENT_LENGTH);
    if (first == null) {
      return NONE;
    }
    for (CharSequence other : headers.getAll(CONTENT_LENGTH)) {
      if (!AsciiString.contentEquals(first, other)) {
        return NONE - 1;
      }
    }
    return digits(first, first.length(), MAX_LENGTH_DIGITS);
  }

  /** Returns less than {@link #NONE} for what is no timeout. */
  private static long nanos(CharSequence timeout) {
    int last = timeout.length() - 1;
    long value = last < 0 ? NONE - 1 : digits(timeout, last, MAX_TIMEOUT_DIGITS);
    if (value < 0) {
      return value;
    }
    return switch (timeout.charAt(last)) {
      case 'n' -> value;
      case 'u' -> TimeUnit.MICROSECONDS.toNanos(value);
      case 'm' -> TimeUnit.MILLISECONDS.toNanos(value);
      case 'S' -> TimeUnit.SECONDS.toNanos(value);
      case 'M' -> TimeUnit.MINUTES.toNanos(value);
      case 'H' -> TimeUnit.HOURS.toNanos(value);
      default -> NONE - 1;
    };
  }

  private static long digits(CharSequence text, int length, int maxLength) {
    if (length == 0 || length > maxLength) {
      return NONE - 1;
    }
    long value = 0;
    for (int i = 0; i < length; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return NONE - 1;
      }
      value = 10 * value + digit;
    }
    return value;
  }

  private static boolean isEmpty(@Nullable CharSequence text) {
    return text == null || text.length() == 0;
  }
}
