package io.redirectbalancer.server;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tracks streaming calls, such as health watches, which last until their clients end them: if the
 * server did not end them, every shutdown would wait for its whole grace period. Thread-safe.
 */
final class EndlessStreams implements ServerInterceptor {
  private static final Status SHUTTING_DOWN =
      Status.UNAVAILABLE.withDescription("the server is shutting down");

  private final Set<Stream<?, ?>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  /** Ends all streams, and every later one at once. */
  void end() {
    ended = true;
    open.forEach(Stream::end);
  }

  @Override
  public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
      ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
    if (call.getMethodDescriptor().getType().serverSendsOneMessage()) {
      return next.startCall(call, headers);
    }
    Stream<ReqT, RespT> stream = new Stream<>(call);
    var listener = next.startCall(stream, headers);
    open.add(stream);
    if (ended) {
      stream.end();
    }
    return new SimpleForwardingServerCallListener<>(listener) {
      @Override
      public void onCancel() {
        open.remove(stream);
        super.onCancel();
      }

      @Override
      public void onComplete() {
        open.remove(stream);
        super.onComplete();
      }
    };
  }

  /** A call that two threads may end: what is sent after the end is ignored. */
  private static final class Stream<ReqT, RespT> extends SimpleForwardingServerCall<ReqT, RespT> {
    private boolean closed;

    Stream(ServerCall<ReqT, RespT> call) {
      super(call);
    }

    void end() {
      close(SHUTTING_DOWN, new Metadata());
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!closed) {
        super.sendHeaders(headers);
      }
    }

    @Override
    public synchronized void sendMessage(RespT message) {
      if (!closed) {
        super.sendMessage(message);
      }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers);
      }
    }
  }
}
