package io.redirectbalancer.server;

import static io.redirectbalancer.server.RunningServer.VIDEO;
import static io.redirectbalancer.server.RunningServer.VIDEO_ON_CDN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.redirectbalancer.PeerCertificate;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.config.TlsMaterial;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A TLS port whose certificate, or whose clients' authorities, are replaced while it serves. */
class TlsRenewalTest {
  private final TestCertificate first;
  private final TestCertificate second;

  TlsRenewalTest(@TempDir Path folder) throws Exception {
    first = TestCertificate.create(folder.resolve("first"));
    second = TestCertificate.create(folder.resolve("second"));
  }

  @Test
  void openConnectionsGoOnAndNewOnesSeeTheNewCertificateWithoutResumingASession() throws Exception {
    PeerCertificate client = new PeerCertificate();
    try (RunningServer server = RunningServer.with().tls(first.tls(0)).start()) {
      // It trusts the first certificate only, so it could not connect a second time.
      ManagedChannel channel = channel(server, first, Optional.empty());
      try {
        assertThat(redirect(channel)).isEqualTo(VIDEO_ON_CDN);
        assertThat(client.of(server.tlsPort())).isEqualTo(first.certificate());
        assertThat(client.of(server.tlsPort())).isEqualTo(first.certificate());

        server.grpc().replaceTls(material(second, List.of()));

        assertThat(client.of(server.tlsPort())).isEqualTo(second.certificate());
        assertThat(redirect(channel)).isEqualTo(VIDEO_ON_CDN);
      } finally {
        channel.shutdownNow();
      }
    }
  }

  @Test
  void clientsNeedACertificateThatTheAuthoritiesInForceHaveSigned() throws Exception {
    try (RunningServer server = RunningServer.with().tls(first.tls(0)).start()) {
      server.grpc().replaceTls(material(first, List.of(first.certificate())));

      assertThatThrownBy(() -> redirectOnce(server, Optional.empty()))
          .hasMessageContaining("UNAVAILABLE");
      assertThatThrownBy(() -> redirectOnce(server, Optional.of(second)))
          .hasMessageContaining("UNAVAILABLE");
      assertThat(redirectOnce(server, Optional.of(first))).isEqualTo(VIDEO_ON_CDN);

      server.grpc().replaceTls(material(first, List.of(second.certificate())));

      assertThatThrownBy(() -> redirectOnce(server, Optional.of(first)))
          .hasMessageContaining("UNAVAILABLE");
      assertThat(redirectOnce(server, Optional.of(second))).isEqualTo(VIDEO_ON_CDN);
    }
  }

  private static TlsMaterial material(
      TestCertificate certificate, List<X509Certificate> authorities) {
    return new TlsMaterial(
        List.of(certificate.certificate()), Optional.of(certificate.key()), authorities);
  }

  private String redirectOnce(RunningServer server, Optional<TestCertificate> shown)
      throws Exception {
    ManagedChannel channel = channel(server, first, shown);
    try {
      return redirect(channel);
    } finally {
      channel.shutdownNow();
    }
  }

  private static ManagedChannel channel(
      RunningServer server, TestCertificate trusted, Optional<TestCertificate> shown)
      throws Exception {
    var credentials =
        TlsChannelCredentials.newBuilder().trustManager(trusted.certificateFile().toFile());
    if (shown.isPresent()) {
      credentials.keyManager(
          shown.get().certificateFile().toFile(), shown.get().keyFile().toFile());
    }
    return Grpc.newChannelBuilderForAddress("localhost", server.tlsPort(), credentials.build())
        .build();
  }

  private static String redirect(ManagedChannel channel) {
    return loadBalancerGrpc
        .newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .redirect(Request.newBuilder().setVideo(VIDEO).build())
        .getRedirect();
  }
}
