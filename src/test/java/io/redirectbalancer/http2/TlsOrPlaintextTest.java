package io.redirectbalancer.http2;

import static io.redirectbalancer.http2.Front.ANSWER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.transport.ReloadableSslContext;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** TLS and plaintext on one port. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsOrPlaintextTest {
  private final TestCertificate first;
  private final TestCertificate second;
  private final ReloadableSslContext tls;
  private final Front front;

  TlsOrPlaintextTest(@TempDir Path folder) throws Exception {
    first = TestCertificate.create(folder.resolve("first"));
    second = TestCertificate.create(folder.resolve("second"));
    tls = new ReloadableSslContext(context(first));
    front =
        Front.with()
            .tls(tls, true)
            .timing(
                new ServerOptions.Timing(
                    Duration.ofSeconds(1),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1),
                    Duration.ZERO,
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1)))
            .start();
  }

  @AfterAll
  void stop() {
    front.close();
  }

  private static SslContext context(TestCertificate certificate) throws Exception {
    return ReloadableSslContext.server(
        List.of(certificate.certificate()), certificate.key(), List.of(), Http2Server.PROTOCOLS);
  }

  @Test
  void bothAreAnsweredAndARenewedCertificateIsForTheNextConnection() throws Exception {
    ManagedChannel plaintext = plaintext(front.port());
    ManagedChannel trustsFirst = overTls(first);
    ManagedChannel trustsSecond = overTls(second);
    try {
      assertThat(redirect(plaintext)).isEqualTo(ANSWER);
      assertThat(redirect(trustsFirst)).isEqualTo(ANSWER);
      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> redirect(trustsSecond));

      tls.replace(context(second));

      assertThat(redirect(trustsFirst)).as("an open connection").isEqualTo(ANSWER);
      trustsSecond.resetConnectBackoff();
      assertThat(redirect(trustsSecond)).isEqualTo(ANSWER);
    } finally {
      plaintext.shutdownNow();
      trustsFirst.shutdownNow();
      trustsSecond.shutdownNow();
      tls.replace(context(first));
    }
  }

  @Test
  void plaintextCanBeRejected() throws Exception {
    try (Front tlsOnly = Front.with().tls(tls, false).start();
        FrameClient client = FrameClient.connect(tlsOnly.port())) {
      assertThat(client.toEnd()).isEqualTo("closed");
    }
  }

  @Test
  void aHandshakeThatNeverEndsIsClosed() throws Exception {
    try (FrameClient silent = FrameClient.open(front.port());
        FrameClient half = FrameClient.open(front.port()).raw(new byte[] {22, 3, 1})) {
      assertThat(silent.toEnd()).isEqualTo("closed");
      assertThat(half.toEnd()).isEqualTo("closed");
    }
  }

  @Test
  void aClientThatSpeaksNoHttp2IsClosed() throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("a", first.certificate());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    for (String protocol : List.of("h2", "http/1.1", "")) {
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket("localhost", front.port())) {
        SSLParameters parameters = socket.getSSLParameters();
        if (!protocol.isEmpty()) {
          parameters.setApplicationProtocols(new String[] {protocol});
        }
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(10_000);
        boolean served;
        try {
          socket.startHandshake();
          served = socket.getInputStream().read() >= 0;
        } catch (IOException e) {
          served = false;
        }
        assertThat(served).as(protocol).isEqualTo(protocol.equals("h2"));
      }
    }
  }

  @Test
  void junkOverTlsIsAnError() throws Exception {
    try (FrameClient client = FrameClient.open(front.port())) {
      client.raw(new byte[] {22, 3, 1, 0, 5, 1, 2, 3, 4, 5});
      assertThat(client.until("closed")).endsWith("closed");
    }
  }

  private static String redirect(ManagedChannel channel) {
    return loadBalancerGrpc
        .newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(3, TimeUnit.SECONDS)
        .redirect(Request.newBuilder().setVideo("http://s1.a/b").build())
        .getRedirect();
  }

  private static ManagedChannel plaintext(int port) {
    return Grpc.newChannelBuilderForAddress("localhost", port, InsecureChannelCredentials.create())
        .build();
  }

  private ManagedChannel overTls(TestCertificate trusted) throws Exception {
    return Grpc.newChannelBuilderForAddress(
            "localhost",
            front.port(),
            TlsChannelCredentials.newBuilder()
                .trustManager(trusted.certificateFile().toFile())
                .build())
        .build();
  }
}
