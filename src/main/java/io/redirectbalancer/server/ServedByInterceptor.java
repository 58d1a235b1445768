package io.redirectbalancer.server;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.redirectbalancer.call.ServedBy;

/**
 * Names this instance in the response header {@code served-by} of every answer, errors included,
 * unless the answer already has that header. Only what gRPC rejects before it looks up the method
 * comes without it: a message above the size limit, a content type other than gRPC's.
 */
record ServedByInterceptor(String instanceName) implements ServerInterceptor {
  @Override
  public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
      ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
    return next.startCall(
        new SimpleForwardingServerCall<>(call) {
          private boolean named;

          @Override
          public void sendHeaders(Metadata headers) {
            if (!headers.containsKey(ServedBy.KEY)) {
              headers.put(ServedBy.KEY, instanceName);
            }
            named = true;
            super.sendHeaders(headers);
          }

          @Override
          public void close(Status status, Metadata trailers) {
            // An error without a message has sent no headers; these are its only ones.
            if (!named) {
              trailers.put(ServedBy.KEY, instanceName);
            }
            super.close(status, trailers);
          }
        },
        headers);
  }
}
