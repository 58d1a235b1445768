package io.redirectbalancer.server;

import static io.redirectbalancer.server.RunningServer.VIDEO;
import static io.redirectbalancer.server.RunningServer.VIDEO_ON_CDN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.redirectbalancer.PeerCertificate;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.config.TlsMaterial;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS without a port of its own, which only our own transport has. */
class OnePortTest {
  private final TestCertificate certificate;

  OnePortTest(@TempDir Path folder) throws Exception {
    certificate = TestCertificate.create(folder);
  }

  @Test
  void theUsualPortTakesBoth() throws Exception {
    try (RunningServer server = start(certificate.tlsOnUsualPort(true))) {
      assertThat(server.grpc().ports()).hasSize(1);
      for (int i = 1; i <= 5; i++) {
        assertThat(redirect(server.port(), InsecureChannelCredentials.create()))
            .isEqualTo(VIDEO_ON_CDN);
        assertThat(redirect(server.port(), trusting())).isEqualTo(i < 5 ? VIDEO_ON_CDN : VIDEO);
      }
    }
  }

  @Test
  void plaintextCanBeTurnedOff() throws Exception {
    try (RunningServer server = start(certificate.tlsOnUsualPort(false))) {
      assertThat(redirect(server.port(), trusting())).isEqualTo(VIDEO_ON_CDN);
      assertThatThrownBy(() -> redirect(server.port(), InsecureChannelCredentials.create()))
          .hasMessageContaining("UNAVAILABLE");
    }
  }

  @Test
  void bothPortsGetTheRenewedCertificate(@TempDir Path folder) throws Exception {
    TestCertificate renewed = TestCertificate.create(folder);
    PeerCertificate client = new PeerCertificate();
    try (RunningServer server = start(certificate.tls(0))) {
      assertThat(client.of(server.port())).isEqualTo(certificate.certificate());
      assertThat(client.of(server.tlsPort())).isEqualTo(certificate.certificate());

      server
          .grpc()
          .replaceTls(
              new TlsMaterial(
                  List.of(renewed.certificate()), Optional.of(renewed.key()), List.of()));

      assertThat(client.of(server.port())).isEqualTo(renewed.certificate());
      assertThat(client.of(server.tlsPort())).isEqualTo(renewed.certificate());
      assertThatThrownBy(() -> redirect(server.tlsPort(), InsecureChannelCredentials.create()))
          .hasMessageContaining("UNAVAILABLE");
    }
  }

  private static RunningServer start(TlsSettings tls) {
    return RunningServer.with().front().tls(tls).start();
  }

  private ChannelCredentials trusting() throws Exception {
    return TlsChannelCredentials.newBuilder()
        .trustManager(certificate.certificateFile().toFile())
        .build();
  }

  private static String redirect(int port, ChannelCredentials credentials) {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress("localhost", port, credentials).build();
    try {
      return loadBalancerGrpc
          .newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .redirect(Request.newBuilder().setVideo(VIDEO).build())
          .getRedirect();
    } finally {
      channel.shutdownNow();
    }
  }
}
