package io.redirectbalancer.doctor;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.transport.FailureText;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Whether balancers are healthy, asked by gRPC one after another.
 *
 * @param credentials of the connections to them
 * @param certificate whether the connections have a certificate of their own
 */
public record BalancerCheck(ChannelCredentials credentials, boolean certificate) {
  private static final String ABOUT = "balancer";
  private static final int LIMIT_SECONDS = 5;

  /**
   * One balancer.
   *
   * @param name as configured, for its certificate
   */
  public record Balancer(String name, InetSocketAddress address) {}

  /** Returns a finding for each balancer. */
  public List<Finding> run(List<Balancer> balancers) {
    return balancers.stream().map(this::check).toList();
  }

  private Finding check(Balancer balancer) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(balancer.address, credentials)
            .overrideAuthority(balancer.name)
            .disableRetry()
            .build();
    String shown = shown(balancer);
    try {
      ServingStatus status =
          HealthGrpc.newBlockingStub(channel)
              .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus();
      return status == ServingStatus.SERVING
          ? Finding.ok(ABOUT, shown + " serves")
          : Finding.fail(
              ABOUT, shown + " says that it is " + status, "wait if it starts or drains");
    } catch (StatusRuntimeException e) {
      return failed(shown, e.getStatus());
    } finally {
      channel.shutdownNow();
    }
  }

  private Finding failed(String shown, Status status) {
    if (status.getCode() == Status.Code.UNIMPLEMENTED) {
      return Finding.warn(ABOUT, shown + " answers, but has no gRPC health service", "is it one?");
    }
    String reason = FailureText.ofConnecting(status, certificate);
    String text =
        Objects.requireNonNullElseGet(
            reason,
            () ->
                status.getCode() == Status.Code.DEADLINE_EXCEEDED
                    ? "no answer within " + LIMIT_SECONDS + " s"
                    : ErrorText.of(String.valueOf(status.getDescription())));
    return Finding.fail(
        ABOUT,
        shown + ": " + text,
        "start it, end it if it is frozen, or correct BALANCER_TARGET and BALANCER_TLS");
  }

  private static String shown(Balancer balancer) {
    String address = balancer.address.getAddress().getHostAddress();
    return balancer.name.startsWith(address) ? balancer.name : balancer.name + " (" + address + ")";
  }
}
