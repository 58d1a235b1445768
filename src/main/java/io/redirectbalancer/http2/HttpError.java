package io.redirectbalancer.http2;

import io.grpc.Status;
import java.nio.charset.StandardCharsets;

/** The answer to a request that is no gRPC call: gRPC over HTTP/2, "Responses". */
record HttpError(int status, Status.Code code, String text) {
  Status grpcStatus() {
    return code.toStatus().withDescription(text);
  }

  byte[] body() {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
