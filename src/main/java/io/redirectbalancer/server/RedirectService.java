package io.redirectbalancer.server;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.call.RedirectCodec;
import io.redirectbalancer.call.RedirectCodec.VideoRequest;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.alias.ServiceGrpc;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.trace.TraceSpan;
import io.redirectbalancer.url.InvalidVideoUrlException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code loadBalancer.loadBalancer/Redirect}, and the same under {@code
 * my.custom.server.Service/Method}. Thread-safe.
 */
public final class RedirectService implements ServerCallHandler<VideoRequest, String> {
  private final RedirectHandler handler;

  /** Decides calls, as {@link io.redirectbalancer.routing.Redirector#redirect} does. */
  @FunctionalInterface
  public interface Decider {
    Decision decide(String video) throws InvalidVideoUrlException;
  }

  /** Answers with this process's own decisions. */
  public RedirectService(Decider decider, RedirectMetrics metrics) {
    this(new DecisionHandler(decider, metrics));
  }

  /** Answers with the redirector's decisions, which the spans of sampled calls carry. */
  public static RedirectService traced(Redirector redirector, RedirectMetrics metrics) {
    return new RedirectService(new TracedDecisions(redirector, metrics));
  }

  /** Passes calls to the handler, which answers them. */
  public RedirectService(RedirectHandler handler) {
    this.handler = handler;
  }

  RedirectHandler handler() {
    return handler;
  }

  /** Returns both services. */
  public List<ServerServiceDefinition> bind() {
    return List.of(
        bind(loadBalancerGrpc.getServiceDescriptor(), loadBalancerGrpc.getRedirectMethod()),
        bind(ServiceGrpc.getServiceDescriptor(), ServiceGrpc.getMethodMethod()));
  }

  @Override
  public ServerCall.Listener<VideoRequest> startCall(
      ServerCall<VideoRequest, String> call, Metadata headers) {
    // One more than allowed, so that gRPC sees a second message and ends the call.
    call.request(2);
    return new CallListener(call, headers);
  }

  private ServerServiceDefinition bind(
      ServiceDescriptor service, MethodDescriptor<Request, Response> method) {
    var redirect = method.toBuilder(RedirectCodec.REQUESTS, RedirectCodec.RESPONSES).build();
    return ServerServiceDefinition.builder(
            ServiceDescriptor.newBuilder(service.getName())
                .setSchemaDescriptor(service.getSchemaDescriptor())
                .addMethod(redirect)
                .build())
        .addMethod(redirect, this)
        .build();
  }

  /** One call: a message, then the end of the request, then the answer. */
  private final class CallListener extends ServerCall.Listener<VideoRequest>
      implements RedirectCall {
    private final ServerCall<VideoRequest, String> call;
    private final Metadata headers;
    private final @Nullable Deadline deadline;
    private final TraceSpan span;
    private @Nullable VideoRequest request;

    // Guarded by this.
    private @Nullable Runnable cancelTask;
    private boolean cancelled;

    CallListener(ServerCall<VideoRequest, String> call, Metadata headers) {
      this.call = call;
      this.headers = headers;
      Context context = Context.current();
      deadline = context.getDeadline();
      span = TraceSpan.of(context);
    }

    @Override
    public void onMessage(VideoRequest request) {
      this.request = request;
    }

    @Override
    public void onHalfClose() {
      VideoRequest request = this.request;
      if (request == null) {
        fail(Status.INTERNAL.withDescription("no message (expected: 1)"));
      } else if (request.rejection() != null) {
        fail(request.rejection());
      } else {
        handler.handle(this);
      }
    }

    @Override
    public String video() {
      return Objects.requireNonNull(request).video();
    }

    @Override
    public String method() {
      return call.getMethodDescriptor().getFullMethodName();
    }

    @Override
    public @Nullable String header(Metadata.Key<String> key) {
      return headers.get(key);
    }

    @Override
    public @Nullable SocketAddress peer() {
      return call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    }

    @Override
    public TraceSpan span() {
      return span;
    }

    @Override
    public Optional<Duration> deadline() {
      return deadline == null
          ? Optional.empty()
          : Optional.of(Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS)));
    }

    @Override
    public void onCancel(Runnable task) {
      synchronized (this) {
        cancelTask = task;
        if (!cancelled) {
          return;
        }
      }
      task.run();
    }

    @Override
    public void onCancel() {
      Runnable task;
      synchronized (this) {
        cancelled = true;
        task = cancelTask;
      }
      if (task != null) {
        task.run();
      }
    }

    @Override
    public void answer(String url, Metadata answerHeaders) {
      call.sendHeaders(answerHeaders);
      call.sendMessage(url);
      call.close(Status.OK, new Metadata());
    }

    @Override
    public void fail(Status status) {
      call.close(status, new Metadata());
    }
  }
}
