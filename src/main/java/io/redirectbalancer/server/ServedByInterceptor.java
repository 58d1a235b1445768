package io.redirectbalancer.server;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/**
 * Names this instance in the response header {@code served-by} of every answer, errors included,
 * unless the answer already names who gave it. Only what gRPC refuses before it looks for a method
 * or a handler comes without: a message above the size limit, a content type other than gRPC's.
 */
record ServedByInterceptor(String instanceName) implements ServerInterceptor {
  private static final Metadata.Key<String> SERVED_BY =
      Metadata.Key.of("served-by", Metadata.ASCII_STRING_MARSHALLER);

  @Override
  public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
      ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
    return next.startCall(
        new SimpleForwardingServerCall<>(call) {
          private boolean named;

          @Override
          public void sendHeaders(Metadata headers) {
            if (!headers.containsKey(SERVED_BY)) {
              headers.put(SERVED_BY, instanceName);
            }
            named = true;
            super.sendHeaders(headers);
          }

          @Override
          public void close(Status status, Metadata trailers) {
            // An error without an answer has no headers but these.
            if (!named) {
              trailers.put(SERVED_BY, instanceName);
            }
            super.close(status, trailers);
          }
        },
        headers);
  }
}
