package io.redirectbalancer;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractBlockingStub;
import io.grpc.stub.MetadataUtils;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.CdnChange;
import io.redirectbalancer.proto.control.CdnServiceGrpc;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.RoutingServiceGrpc;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import io.redirectbalancer.proto.control.UserServiceGrpc;
import java.util.concurrent.TimeUnit;

/** Calls to a balancer's control API, without any retries of their own. */
final class ControlCalls implements AutoCloseable {
  static final String ADMIN_TOKEN = "an-admin-token-for-tests";

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final ManagedChannel channel;
  private final String token;

  ControlCalls(BalancerProcess balancer) {
    this(balancer, ADMIN_TOKEN);
  }

  ControlCalls(BalancerProcess balancer, String token) {
    this.token = token;
    channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", balancer.controlPort())
            .usePlaintext()
            .disableRetry()
            .build();
  }

  ManagedChannel channel() {
    return channel;
  }

  UserServiceGrpc.UserServiceBlockingStub users() {
    return with(UserServiceGrpc.newBlockingStub(channel));
  }

  CdnServiceGrpc.CdnServiceBlockingStub cdns() {
    return with(CdnServiceGrpc.newBlockingStub(channel));
  }

  RoutingServiceGrpc.RoutingServiceBlockingStub routing() {
    return with(RoutingServiceGrpc.newBlockingStub(channel));
  }

  /** Adds the token, and a deadline so that no test hangs. */
  <S extends AbstractBlockingStub<S>> S with(S stub) {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  /** Adds one to a CDN's weight, however often others change it meanwhile. */
  void incrementWeight(long id) {
    while (true) {
      Cdn cdn = cdns().getCdn(GetCdnRequest.newBuilder().setId(id).build());
      try {
        setWeight(cdn, cdn.getWeight() + 1);
        return;
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.ABORTED) {
          throw e;
        }
      }
    }
  }

  CdnChange setWeight(Cdn cdn, int weight) {
    return cdns()
        .updateCdn(
            UpdateCdnRequest.newBuilder()
                .setId(cdn.getId())
                .setVersion(cdn.getVersion())
                .setWeight(weight)
                .build());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
