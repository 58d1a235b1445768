package io.redirectbalancer.admin;

import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpHeaders;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaders;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeadersFactory;
import io.grpc.netty.shaded.io.netty.handler.codec.http.TooLongHttpHeaderException;

/**
 * The headers of a request, at most {@link Limits#HEADERS}: thousands of two characters each would
 * take a hundred times their size in memory.
 */
final class FewHeaders extends DefaultHttpHeaders {
  static final HttpHeadersFactory FACTORY =
      new HttpHeadersFactory() {
        @Override
        public HttpHeaders newHeaders() {
          return new FewHeaders();
        }

        @Override
        public HttpHeaders newEmptyHeaders() {
          return new FewHeaders();
        }
      };

  private FewHeaders() {}

  /** Adds a header that came from a client. */
  @Override
  public HttpHeaders add(CharSequence name, Object value) {
    if (size() >= Limits.HEADERS) {
      throw new TooLongHttpHeaderException("more than " + Limits.HEADERS + " headers");
    }
    return super.add(name, value);
  }
}
