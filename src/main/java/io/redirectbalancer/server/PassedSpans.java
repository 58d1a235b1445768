package io.redirectbalancer.server;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerStreamTracer;
import io.redirectbalancer.call.CallEvents;
import io.redirectbalancer.trace.TraceSpan;

/**
 * Takes the spans of calls from our HTTP/2 server to the services behind the in-process transport.
 * That creates a call's server side in the context in which its client side was created.
 */
final class PassedSpans extends ServerStreamTracer.Factory implements ClientInterceptor {
  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    Context context = TraceSpan.in(Context.current(), options.getOption(CallEvents.SPAN));
    Context previous = context.attach();
    try {
      return next.newCall(method, options);
    } finally {
      context.detach(previous);
    }
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    TraceSpan span = TraceSpan.current();
    return new ServerStreamTracer() {
      @Override
      public Context filterContext(Context context) {
        return TraceSpan.in(context, span);
      }
    };
  }
}
