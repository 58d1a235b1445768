package io.redirectbalancer.server;

import static io.redirectbalancer.server.RunningServer.REDIRECT;
import static io.redirectbalancer.server.RunningServer.VIDEO;
import static io.redirectbalancer.server.RunningServer.VIDEO_ON_CDN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LifecycleTest {
  @Test
  void epollServesWhereItIsAvailable() {
    try (RunningServer server = RunningServer.start()) {
      assertThat(server.grpc().transport()).isEqualTo(Epoll.isAvailable() ? "epoll" : "nio");
    }
  }

  @Test
  void stoppingLetsACallInFlightFinishAndTakesNoNewOne() throws Exception {
    CountDownLatch inFlight = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (RunningServer server =
        RunningServer.with()
            .decider(
                redirector ->
                    video -> {
                      inFlight.countDown();
                      awaitRelease(release);
                      return redirector.redirect(video);
                    })
            .start()) {
      var answer =
          loadBalancerGrpc
              .newFutureStub(server.channel())
              .redirect(Request.newBuilder().setVideo(VIDEO).build());
      assertThat(inFlight.await(10, TimeUnit.SECONDS)).isTrue();

      CompletableFuture<Void> stopped =
          CompletableFuture.runAsync(
              () -> {
                try {
                  server.grpc().stop();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(stopped).isNotDone();
      release.countDown();

      assertThat(answer.get(10, TimeUnit.SECONDS).getRedirect()).isEqualTo(VIDEO_ON_CDN);
      assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> server.redirect(VIDEO))
          .extracting(failure -> failure.getStatus().getCode())
          .isEqualTo(Status.Code.UNAVAILABLE);
      server.awaitHandled(1);
      assertThat(server.handled("unary", REDIRECT, "OK")).isEqualTo(1);
    }
  }

  @Test
  void everyPortThatIsTakenIsAnErrorOfItsOwn(@TempDir Path folder) throws Exception {
    TestCertificate certificate = TestCertificate.create(folder);
    try (ServerSocket first = new ServerSocket(0);
        ServerSocket second = new ServerSocket(0)) {
      TlsSettings tls = certificate.tls(second.getLocalPort());
      ServerSettings settings =
          new ServerSettings(
              first.getLocalPort(),
              Optional.of(tls),
              true,
              Optional.empty(),
              256,
              100,
              0,
              100,
              Duration.ZERO,
              Duration.ZERO,
              Duration.ZERO,
              false);
      try (GrpcServer server = new GrpcServer(settings, List.of(), new SimpleMeterRegistry())) {
        List<ConfigurationError> errors = server.start();

        assertThat(errors).hasSize(2);
        assertThat(errors.get(0).toString())
            .startsWith("PORT: cannot listen on " + first.getLocalPort() + ": ")
            .contains("address already in use");
        assertThat(errors.get(1).toString())
            .startsWith("TLS_PORT: cannot listen on " + second.getLocalPort() + ": ")
            .contains("address already in use");
        assertThat(server.ports()).isEmpty();
      }
    }
  }

  private static void awaitRelease(CountDownLatch release) {
    try {
      if (!release.await(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("waited until the time was up");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
