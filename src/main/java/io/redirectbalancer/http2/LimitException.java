package io.redirectbalancer.http2;

import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.redirectbalancer.transport.CloseReason;

/** A client is beyond a limit that ends its connection: RFC 9113, section 10.5. */
final class LimitException extends Http2Exception {
  private static final long serialVersionUID = 1;

  private final CloseReason reason;

  /**
   * @param debugData what the client is told beside the error code
   */
  LimitException(CloseReason reason, String debugData) {
    super(Http2Error.ENHANCE_YOUR_CALM, debugData);
    this.reason = reason;
  }

  CloseReason reason() {
    return reason;
  }
}
