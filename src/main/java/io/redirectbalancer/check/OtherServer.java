package io.redirectbalancer.check;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Channel;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.util.concurrent.TimeUnit;

/**
 * Another server of {@code loadBalancer.loadBalancer/Redirect}, called at a bounded rate. Each is a
 * plain call without this project's client, whose retries and fallback would hide differences.
 *
 * @param callsPerSecond the maximum rate, at least 1
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
