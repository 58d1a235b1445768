package io.redirectbalancer.server;

import static io.redirectbalancer.server.RunningServer.REDIRECT;
import static io.redirectbalancer.server.RunningServer.VIDEO;
import static io.redirectbalancer.server.RunningServer.VIDEO_ON_CDN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsPortTest {
  private final TestCertificate certificate;
  private final RunningServer server;

  TlsPortTest(@TempDir Path folder) throws Exception {
    certificate = TestCertificate.create(folder);
    server = RunningServer.with().tls(certificate.tls(0)).start();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @Test
  void bothPortsServeTheSameSequenceAndCountTogether() throws Exception {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(
                "localhost",
                server.tlsPort(),
                TlsChannelCredentials.newBuilder()
                    .trustManager(certificate.certificateFile().toFile())
                    .build())
            .build();
    try {
      for (int i = 1; i <= 5; i++) {
        assertThat(server.redirect(VIDEO)).isEqualTo(VIDEO_ON_CDN);
        assertThat(redirect(channel)).isEqualTo(i < 5 ? VIDEO_ON_CDN : VIDEO);
      }
    } finally {
      channel.shutdownNow();
    }
    server.awaitHandled(10);
    assertThat(server.handled("unary", REDIRECT, "OK")).isEqualTo(10);
  }

  @Test
  void aClientThatDoesNotTrustTheCertificateGetsNoAnswer() {
    assertUnavailable(
        Grpc.newChannelBuilderForAddress(
                "localhost", server.tlsPort(), TlsChannelCredentials.create())
            .build());
  }

  @Test
  void aClientWithoutTlsGetsNoAnswer() {
    assertUnavailable(
        NettyChannelBuilder.forAddress("localhost", server.tlsPort()).usePlaintext().build());
  }

  private static void assertUnavailable(ManagedChannel channel) {
    try {
      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> redirect(channel))
          .extracting(failure -> failure.getStatus().getCode())
          .isEqualTo(Status.Code.UNAVAILABLE);
    } finally {
      channel.shutdownNow();
    }
  }

  private static String redirect(ManagedChannel channel) {
    return loadBalancerGrpc
        .newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .redirect(Request.newBuilder().setVideo(VIDEO).build())
        .getRedirect();
  }
}
