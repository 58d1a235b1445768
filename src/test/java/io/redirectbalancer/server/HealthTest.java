package io.redirectbalancer.server;

import static io.redirectbalancer.server.RunningServer.HEALTH_CHECK;
import static io.redirectbalancer.server.RunningServer.HEALTH_WATCH;
import static io.redirectbalancer.server.RunningServer.VIDEO;
import static io.redirectbalancer.server.RunningServer.VIDEO_ON_CDN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthTest {
  private final RunningServer server = RunningServer.start();

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "loadBalancer.loadBalancer", "my.custom.server.Service"})
  void everyServiceIsServingUntilTheServerDrainsAndCallsAreAnsweredOn(String service) {
    assertThat(check(service)).isEqualTo(ServingStatus.SERVING);

    server.grpc().drain();

    assertThat(check(service)).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(server.redirect(VIDEO)).isEqualTo(VIDEO_ON_CDN);
  }

  @Test
  void aServiceThatIsNotServedIsNotFound() {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> check("no.such.Service"))
        .extracting(failure -> failure.getStatus().getCode())
        .isEqualTo(Status.Code.NOT_FOUND);

    server.awaitHandled(1);
    assertThat(server.handled("unary", HEALTH_CHECK, "NotFound")).isEqualTo(1);
  }

  @Test
  void aWatcherIsToldWhenTheServerDrains() throws InterruptedException {
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      Watcher watcher = new Watcher();
      context.run(() -> watch(watcher));
      assertThat(watcher.next()).isEqualTo(ServingStatus.SERVING);

      server.grpc().drain();

      assertThat(watcher.next()).isEqualTo(ServingStatus.NOT_SERVING);
    }
  }

  @Test
  void aStopDoesNotWaitForWatchers() throws Exception {
    Watcher watcher = new Watcher();
    watch(watcher);
    assertThat(watcher.next()).isEqualTo(ServingStatus.SERVING);

    CompletableFuture<Void> stopped = new CompletableFuture<>();
    Thread stopping =
        new Thread(
            () -> {
              try {
                server.grpc().stop();
                stopped.complete(null);
              } catch (InterruptedException e) {
                stopped.completeExceptionally(e);
              }
            });
    stopping.start();

    assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
    assertThat(watcher.next()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void aWatcherThatLeavesIsCountedAsCanceled() throws InterruptedException {
    Watcher watcher = new Watcher();
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      context.run(() -> watch(watcher));
      assertThat(watcher.next()).isEqualTo(ServingStatus.SERVING);
      assertThat(server.scrape().sum("grpc_server_started_total")).isEqualTo(1);
      assertThat(server.scrape().sum("grpc_server_handled_total")).isZero();
    }

    server.awaitHandled(1);
    assertThat(server.handled("server_stream", HEALTH_WATCH, "Canceled")).isEqualTo(1);
    assertThat(watcher.next()).isEqualTo(Status.Code.CANCELLED);
  }

  @Test
  void aCallWhoseHeadersCannotBeReadIsNeitherStartedNorHandled() throws Exception {
    try (RawHttp2 client = RawHttp2.connect(server.port())) {
      client.startCall(1, HEALTH_CHECK, Map.of("grpc-timeout", "soon"));
      client.finishCall(1, new byte[0]);
      client.startCall(3, HEALTH_CHECK, Map.of());
      client.finishCall(3, new byte[0]);

      server.awaitHandled(1);
      assertThat(server.scrape().sum("grpc_server_started_total")).isEqualTo(1);
    }
  }

  @Test
  void aWatchWhoseDeadlinePassesIsEndedByTheServerItself() throws Exception {
    try (RawHttp2 client = RawHttp2.connect(server.port())) {
      client.startCall(1, HEALTH_WATCH, Map.of("grpc-timeout", "50m"));
      client.finishCall(1, new byte[0]);

      server.awaitHandled(1);
      assertThat(server.handled("server_stream", HEALTH_WATCH, "DeadlineExceeded")).isEqualTo(1);
    }
  }

  private ServingStatus check(String service) {
    return HealthGrpc.newBlockingStub(server.channel())
        .check(HealthCheckRequest.newBuilder().setService(service).build())
        .getStatus();
  }

  private void watch(Watcher watcher) {
    HealthGrpc.newStub(server.channel()).watch(HealthCheckRequest.getDefaultInstance(), watcher);
  }

  /** Receives serving statuses and, in the end, a status code. */
  private static final class Watcher implements StreamObserver<HealthCheckResponse> {
    private final BlockingQueue<Object> received = new ArrayBlockingQueue<>(10);

    Object next() throws InterruptedException {
      Object next = received.poll(10, TimeUnit.SECONDS);
      return next == null ? "nothing" : next;
    }

    @Override
    public void onNext(HealthCheckResponse response) {
      received.add(response.getStatus());
    }

    @Override
    public void onError(Throwable error) {
      received.add(Status.fromThrowable(error).getCode());
    }

    @Override
    public void onCompleted() {
      received.add(Status.Code.OK);
    }
  }
}
