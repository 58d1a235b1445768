package io.redirectbalancer.server;

import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.alias.ServiceGrpc;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.routing.InvalidVideoUrlException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code loadBalancer.loadBalancer/Redirect}, and the same under {@code
 * my.custom.server.Service/Method}. Thread-safe.
 */
public final class RedirectService {
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
        ServerServiceDefinition.builder(loadBalancerGrpc.getServiceDescriptor())
            .addMethod(
                loadBalancerGrpc.getRedirectMethod(), ServerCalls.asyncUnaryCall(this::redirect))
            .build(),
        ServerServiceDefinition.builder(ServiceGrpc.getServiceDescriptor())
            .addMethod(ServiceGrpc.getMethodMethod(), ServerCalls.asyncUnaryCall(this::redirect))
            .build());
  }

  private void redirect(Request request, StreamObserver<Response> answer) {
    Decision decision;
    try {
      decision = decider.decide(request.getVideo());
    } catch (InvalidVideoUrlException e) {
      metrics.rejected(e.rule());
      log.debug("refused: {}", e.getMessage());
      answer.onError(Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asException());
      return;
    } catch (RuntimeException e) {
      log.error("a decision failed", e);
      answer.onError(Status.INTERNAL.withDescription("internal error").asException());
      return;
    }
    metrics.redirected(decision);
    log.debug("redirected to {}: {}", decision.target(), decision.url());
    answer.onNext(Response.newBuilder().setRedirect(decision.url()).build());
    answer.onCompleted();
  }
}
