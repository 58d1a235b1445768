package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientStreamTracer;
import io.grpc.ClientStreamTracer.StreamInfo;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** SIGTERM, while calls come in without pause. */
class ShutdownIT {
  private static final int DRAIN_SECONDS = 2;
  private static final int CONNECTIONS = 4;
  private static final int CALLS_PER_CONNECTION = 8;
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);

  @Test
  void sigtermUnderLoadEndsEveryAcceptedCallWithOkAndTheProcessWithZero() throws Exception {
    // At debug every decision is a line, so that what the server accepted can be counted.
    Map<String, String> variables =
        Map.of("LOG_LEVEL", "debug", "DRAIN_SECONDS", String.valueOf(DRAIN_SECONDS));
    try (BalancerProcess balancer = BalancerProcess.start(variables);
        Load load = new Load(balancer.port())) {
      load.start();
      await().until(() -> load.succeeded() > 1_000);
      assertThat(health(balancer).statusCode()).isEqualTo(200);
      assertThat(load.servingStatus()).isEqualTo(ServingStatus.SERVING);

      long signalled = System.nanoTime();
      balancer.terminate();
      await()
          .atMost(Duration.ofSeconds(1))
          .pollInterval(Duration.ofMillis(10))
          .until(() -> health(balancer).statusCode() == 503);
      assertThat(load.servingStatus()).isEqualTo(ServingStatus.NOT_SERVING);
      long succeededBefore = load.succeeded();
      await().atMost(Duration.ofSeconds(1)).until(() -> load.succeeded() > succeededBefore + 100);
      assertThat(load.failures()).as("failures while draining").isEmpty();

      assertThat(balancer.awaitExit(EXIT_LIMIT)).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - signalled))
          .isBetween(Duration.ofSeconds(DRAIN_SECONDS), Duration.ofSeconds(DRAIN_SECONDS + 15));
      load.awaitEnd();

      assertThat(load.failures())
          .hasSize(CONNECTIONS * CALLS_PER_CONNECTION)
          .allSatisfy(
              failure -> {
                assertThat(failure.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                assertThat(failure.reachedServer()).as("%s", failure).isFalse();
              });
      List<String> log = balancer.stdout();
      assertThat(load.succeeded())
          .as("answers received, against decisions logged")
          .isEqualTo(log.stream().filter(line -> line.contains("redirected to")).count());
      assertThat(log).noneMatch(line -> line.contains("\"ERROR\""));
      assertThat(log.get(log.size() - 1)).contains("\"stopped\"");
      assertThat(balancer.stderr()).isEmpty();
    }
  }

  @Test
  void sigtermWithoutLoadEndsTheProcessAtOnce() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.start(Map.of())) {
      balancer.terminate();

      assertThat(balancer.awaitExit(Duration.ofSeconds(10))).isZero();
      assertThat(balancer.stdout()).anyMatch(line -> line.contains("\"draining\""));
      assertThat(balancer.stdout().get(balancer.stdout().size() - 1)).contains("\"stopped\"");
    }
  }

  private static HttpResponse<String> health(BalancerProcess balancer) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + balancer.adminPort() + "/healthz");
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  /**
   * A call that failed.
   *
   * @param reachedServer whether its last attempt had been put on a connection that was up; if not,
   *     no server ever saw it
   */
  private record Failure(Status status, boolean reachedServer) {}

  /** Several connections with a few calls in flight on each; a failure is a caller's last call. */
  private static final class Load implements AutoCloseable {
    private static final Request REQUEST =
        Request.newBuilder().setVideo("http://s1.origin-cluster/video/1/a.m3u8").build();

    private final List<ManagedChannel> channels = new ArrayList<>();
    private final AtomicLong succeeded = new AtomicLong();
    private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();

    Load(int port) {
      for (int i = 0; i < CONNECTIONS; i++) {
        channels.add(
            NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .directExecutor()
                .build());
      }
    }

    void start() {
      for (ManagedChannel channel : channels) {
        for (int i = 0; i < CALLS_PER_CONNECTION; i++) {
          call(channel);
        }
      }
    }

    long succeeded() {
      return succeeded.get();
    }

    List<Failure> failures() {
      return List.copyOf(failures);
    }

    ServingStatus servingStatus() {
      return HealthGrpc.newBlockingStub(channels.get(0))
          .check(HealthCheckRequest.getDefaultInstance())
          .getStatus();
    }

    /** Waits until every caller has failed once and so stopped. */
    void awaitEnd() {
      await().until(() -> failures.size() == CONNECTIONS * CALLS_PER_CONNECTION);
    }

    @Override
    public void close() {
      channels.forEach(ManagedChannel::shutdownNow);
    }

    private void call(ManagedChannel channel) {
      Attempts attempts = new Attempts();
      ClientCalls.asyncUnaryCall(
          channel.newCall(
              loadBalancerGrpc.getRedirectMethod(),
              CallOptions.DEFAULT.withStreamTracerFactory(attempts)),
          REQUEST,
          new StreamObserver<Response>() {
            @Override
            public void onNext(Response answer) {}

            @Override
            public void onError(Throwable error) {
              failures.add(new Failure(Status.fromThrowable(error), attempts.lastReachedServer));
            }

            @Override
            public void onCompleted() {
              succeeded.incrementAndGet();
              call(channel);
            }
          });
    }
  }

  /** Watches the attempts of one call: gRPC repeats by itself what no server has seen. */
  private static final class Attempts extends ClientStreamTracer.Factory {
    volatile boolean lastReachedServer;

    @Override
    public ClientStreamTracer newClientStreamTracer(StreamInfo info, Metadata headers) {
      lastReachedServer = false;
      return new ClientStreamTracer() {
        @Override
        public void streamCreated(Attributes transport, Metadata sent) {
          lastReachedServer = true;
        }
      };
    }
  }
}
