package io.redirectbalancer.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc.loadBalancerImplBase;
import io.redirectbalancer.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blocking where only the blocked thread could end the wait. */
class OwnThreadsTest {
  private static final String VIDEO = "http://s1.origin-cluster/a.m3u8";

  /** Answers are held back until this is complete, so that what follows runs where they arrive. */
  private final CompletableFuture<Void> released = new CompletableFuture<>();

  private final Set<Thread> earlierThreads = Thread.getAllStackTraces().keySet();
  private Server server;
  private RedirectClient client;

  @BeforeEach
  void start() throws Exception {
    var held =
        new loadBalancerImplBase() {
          @Override
          public void redirect(Request request, StreamObserver<Response> observer) {
            var unused =
                released.thenRun(
                    () -> {
                      observer.onNext(Response.newBuilder().setRedirect("http://cdn/a").build());
                      observer.onCompleted();
                    });
          }
        };
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = NettyServerBuilder.forAddress(address).addService(held).build().start();
    client =
        RedirectClient.create(
            "127.0.0.1:" + server.getPort(),
            RedirectClientOptions.builder()
                .callbackExecutor(Runnable::run)
                .deadline(Duration.ofSeconds(20))
                .attemptTimeout(Duration.ofSeconds(20))
                .build());
  }

  @AfterEach
  void stop() {
    client.close();
    server.shutdownNow();
  }

  @Test
  void aBlockingCallWhereAnswersArriveFailsAtOnce() {
    assertFailsAtOnce(answer -> client.redirect(VIDEO));
  }

  @Test
  void waitingThereForAnotherCallFailsAtOnce() {
    assertFailsAtOnce(answer -> client.redirectAsync(VIDEO).join());
  }

  @Test
  void elsewhereItMayBlock() {
    released.complete(null);

    assertThat(client.redirectAsync(VIDEO).thenApplyAsync(answer -> client.redirect(VIDEO)))
        .succeedsWithin(Duration.ofSeconds(20))
        .extracting(RedirectAnswer::url)
        .isEqualTo("http://cdn/a");
  }

  @Test
  void itsTimerIsOneThreadThatEndsWithIt() {
    RedirectClient other =
        RedirectClient.create("127.0.0.1:" + server.getPort(), RedirectClientOptions.defaults());
    var unused = other.redirectAsync(VIDEO);
    await().until(() -> timers().size() == 1);

    other.close();

    await().until(() -> timers().isEmpty());
  }

  @Test
  void withATransportItHasNoTimerOfItsOwn() {
    released.complete(null);
    var options = RedirectClientOptions.builder();
    try (var transport = Transport.create();
        var other =
            RedirectClient.create(
                "127.0.0.1:" + server.getPort(), options.transport(transport).build())) {
      assertThat(other.redirect(VIDEO).url()).isEqualTo("http://cdn/a");

      assertThat(timers()).isEmpty();
    }
  }

  /** Those that have been started since this test began. */
  private Set<Thread> timers() {
    Set<Thread> timers = new HashSet<>(Thread.getAllStackTraces().keySet());
    timers.removeIf(thread -> !thread.getName().equals("redirect-client-timer"));
    timers.removeAll(earlierThreads);
    return timers;
  }

  private void assertFailsAtOnce(Function<RedirectAnswer, RedirectAnswer> callback) {
    CompletableFuture<RedirectAnswer> second = client.redirectAsync(VIDEO).thenApply(callback);
    released.complete(null);

    assertThatThrownBy(() -> second.get(10, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasStackTraceContaining("(expected: redirectAsync");
  }
}
