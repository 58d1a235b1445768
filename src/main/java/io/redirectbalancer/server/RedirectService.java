package io.redirectbalancer.server;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.alias.ServiceGrpc;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.routing.InvalidVideoUrlException;
import io.redirectbalancer.server.RedirectMarshallers.RedirectMarshaller;
import io.redirectbalancer.server.RedirectMarshallers.VideoMarshaller;
import io.redirectbalancer.server.RedirectMarshallers.VideoRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code loadBalancer.loadBalancer/Redirect}, and the same under {@code
 * my.custom.server.Service/Method}. Thread-safe.
 */
public final class RedirectService implements ServerCallHandler<VideoRequest, String> {
  private static final Logger log = LoggerFactory.getLogger(RedirectService.class);

  private final Decider decider;
  private final RedirectMetrics metrics;

  /** Decides calls, as {@link io.redirectbalancer.routing.Redirector#redirect} does. */
  @FunctionalInterface
  public interface Decider {
    Decision decide(String video) throws InvalidVideoUrlException;
  }

  public RedirectService(Decider decider, RedirectMetrics metrics) {
    this.decider = decider;
    this.metrics = metrics;
  }

  /** Both services. */
  public List<ServerServiceDefinition> bind() {
    return List.of(
        bind(loadBalancerGrpc.getServiceDescriptor(), loadBalancerGrpc.getRedirectMethod()),
        bind(ServiceGrpc.getServiceDescriptor(), ServiceGrpc.getMethodMethod()));
  }

  @Override
  public ServerCall.Listener<VideoRequest> startCall(
      ServerCall<VideoRequest, String> call, Metadata headers) {
    // One more than there should be, so that gRPC sees a second message and ends the call.
    call.request(2);
    return new RedirectCall(call);
  }

  private ServerServiceDefinition bind(
      ServiceDescriptor service, MethodDescriptor<Request, Response> method) {
    var redirect = method.toBuilder(new VideoMarshaller(), new RedirectMarshaller()).build();
    return ServerServiceDefinition.builder(
            ServiceDescriptor.newBuilder(service.getName())
                .setSchemaDescriptor(service.getSchemaDescriptor())
                .addMethod(redirect)
                .build())
        .addMethod(redirect, this)
        .build();
  }

  /** One call: a message, then the end of the request, then the answer. */
  private final class RedirectCall extends ServerCall.Listener<VideoRequest> {
    private final ServerCall<VideoRequest, String> call;
    private @Nullable VideoRequest request;

    RedirectCall(ServerCall<VideoRequest, String> call) {
      this.call = call;
    }

    @Override
    public void onMessage(VideoRequest request) {
      this.request = request;
    }

    @Override
    public void onHalfClose() {
      VideoRequest request = this.request;
      if (request == null) {
        close(Status.INTERNAL.withDescription("no message (expected: 1)"));
      } else if (request.refusal() != null) {
        close(request.refusal());
      } else {
        redirect(request.video());
      }
    }

    private void redirect(String video) {
      Decision decision;
      try {
        decision = decider.decide(video);
      } catch (InvalidVideoUrlException e) {
        metrics.rejected(e.rule());
        log.debug("refused: {}", e.getMessage());
        close(Status.INVALID_ARGUMENT.withDescription(e.getMessage()));
        return;
      } catch (RuntimeException e) {
        log.error("a decision failed", e);
        close(Status.INTERNAL.withDescription("internal error"));
        return;
      }
      metrics.redirected(decision);
      log.debug("redirected to {}: {}", decision.target(), decision.url());
      call.sendHeaders(new Metadata());
      call.sendMessage(decision.url());
      close(Status.OK);
    }

    private void close(Status status) {
      call.close(status, new Metadata());
    }
  }
}
