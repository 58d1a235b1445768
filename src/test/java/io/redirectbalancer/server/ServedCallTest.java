package io.redirectbalancer.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a handler is told of a call. */
class ServedCallTest {
  private final AtomicReference<RedirectCall> taken = new AtomicReference<>();
  private final GrpcServer server =
      new GrpcServer(
          ServerSettings.forWarmUp(),
          new RedirectService(this::handle).bind(),
          new SimpleMeterRegistry());
  private ManagedChannel channel;

  @BeforeEach
  void start() {
    assertThat(server.start()).isEmpty();
    int port = server.ports().get(0);
    channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  @AfterEach
  void close() {
    channel.shutdownNow();
    server.close();
  }

  @Test
  void whoCalls() {
    var unused = loadBalancerGrpc.newBlockingStub(channel).redirect(request("answer"));

    assertThat(call().video()).isEqualTo("answer");
    assertThat(call().deadline()).isEmpty();
    assertThat(call().peer())
        .isInstanceOfSatisfying(
            InetSocketAddress.class,
            peer -> assertThat(peer.getAddress().isLoopbackAddress()).isTrue());
  }

  @Test
  void theCancellationWhetherItComesBeforeOrAfterTheTask() {
    AtomicBoolean before = new AtomicBoolean();
    AtomicBoolean after = new AtomicBoolean();
    var pending =
        loadBalancerGrpc
            .newFutureStub(channel)
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .redirect(request("wait"));
    await().until(() -> taken.get() != null);
    call().onCancel(() -> before.set(true));
    assertThat(call().deadline().orElseThrow()).isPositive();
    assertThat(before).isFalse();

    pending.cancel(true);

    await().untilTrue(before);
    call().onCancel(() -> after.set(true));
    assertThat(after).isTrue();
  }

  private void handle(RedirectCall call) {
    taken.set(call);
    if (call.video().equals("answer")) {
      call.answer("http://cdn.example.com/a", new Metadata());
    }
  }

  private RedirectCall call() {
    return Objects.requireNonNull(taken.get());
  }

  private static Request request(String video) {
    return Request.newBuilder().setVideo(video).build();
  }
}
