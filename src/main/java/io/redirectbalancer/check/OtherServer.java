package io.redirectbalancer.check;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Channel;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.util.concurrent.TimeUnit;

/**
 * Another server of {@code loadBalancer.loadBalancer/Redirect}, asked at a bounded rate. A plain
 * call each, not the client of this project, which would correct what this is to show.
 *
 * @param callsPerSecond at most, from 1
 */
public record OtherServer(Channel channel, int callsPerSecond) {
  private static final int DEADLINE_SECONDS = 5;

  ListenableFuture<Response> ask(String url) {
    return loadBalancerGrpc
        .newFutureStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .redirect(Request.newBuilder().setVideo(url).build());
  }
}
