package io.redirectbalancer.client.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.StaticHosts;
import io.redirectbalancer.transport.FailureText;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user of the client reads when TLS is the reason why there is no connection. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsFailureTest {
  private static final String VIDEO = "http://s1.origin-cluster/video/1/a.m3u8";

  private final TestCertificate localhost;
  private final TestCertificate other;
  private final FakeServer balancer = new FakeServer("real", new FakeTime());
  private Server server = start(InsecureServerCredentials.create());

  TlsFailureTest(@TempDir Path folder) throws Exception {
    localhost = TestCertificate.create(folder.resolve("localhost"), "dns:localhost");
    other = TestCertificate.create(folder.resolve("other"));
  }

  @AfterEach
  void stop() {
    server.shutdownNow();
  }

  @Test
  void aServersOwnHostOfTheTableIsWhatItsCertificateMustBeFor() throws Exception {
    server = start(tls(localhost));

    assertThat(failure("static:///fleet", "fleet=localhost:", trusting(localhost))).isNull();
    assertThat(failure("static:///fleet", "fleet=127.0.0.1:", trusting(localhost)))
        .hasMessageContaining("the server's certificate is not for 127.0.0.1");
  }

  @Test
  void theHostOfADnsTargetIsWhatTheCertificateMustBeFor() throws Exception {
    server = start(tls(localhost));

    assertThat(failure("dns:///localhost:", "", trusting(localhost))).isNull();
    assertThat(failure("dns:///127.0.0.1:", "", trusting(localhost)))
        .hasMessageContaining("the server's certificate is not for 127.0.0.1");
  }

  @Test
  void aCertificateOfAnUnknownAuthorityIsNotTrusted() throws Exception {
    server = start(tls(localhost));

    String expected =
        "the server's certificate is not trusted: no authority that is trusted here has signed it";
    assertThat(failure("dns:///localhost:", "", trusting(other))).hasMessageContaining(expected);
    assertThat(failure("dns:///localhost:", "", TlsChannelCredentials.create()))
        .hasMessageContaining(expected);
  }

  @Test
  void aServerThatSpeaksPlaintextIsSaid() throws Exception {
    server = start(InsecureServerCredentials.create());

    assertThat(failure("dns:///localhost:", "", trusting(localhost)))
        .hasMessageContaining("the server does not speak TLS on this port");
  }

  @Test
  void aServerThatExpectsTlsIsSuspected() throws Exception {
    server = start(tls(localhost));

    assertThat(failure("dns:///localhost:", "", InsecureChannelCredentials.create()))
        .hasMessageContaining("the server closed the connection at once; does it expect TLS?");
  }

  @Test
  void aServerThatWantsAClientCertificateIsSaid() throws Exception {
    server =
        start(
            TlsServerCredentials.newBuilder()
                .keyManager(localhost.certificateFile().toFile(), localhost.keyFile().toFile())
                .trustManager(other.certificateFile().toFile())
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                .build());

    assertThat(failure("dns:///localhost:", "", trusting(localhost)))
        .hasMessageContaining("the server requires a client certificate");
    var wrong =
        TlsChannelCredentials.newBuilder()
            .trustManager(localhost.certificateFile().toFile())
            .keyManager(localhost.certificateFile().toFile(), localhost.keyFile().toFile())
            .build();
    assertThat(failure("dns:///localhost:", "", wrong))
        .hasMessageContaining("does it accept the client certificate?");
  }

  @Test
  void theTimeOfACertificateIsTheReasonWhereItIsTheDeepestCause() {
    assertThat(explained(new CertificateExpiredException("NotAfter: 2020")))
        .isEqualTo("the server's certificate has expired");
    assertThat(explained(new CertificateNotYetValidException("NotBefore: 2120")))
        .isEqualTo("the server's certificate is not valid yet");
    assertThat(explained(new IllegalStateException("SHA1 is disabled")))
        .isEqualTo("the server's certificate is not trusted: SHA1 is disabled");
  }

  @Test
  void aHostThatNoCertificateCanBeForIsSaid() {
    assertThat(explained(new CertificateException("Illegal given domain name: a_b")))
        .startsWith("Java cannot verify a certificate for a host such as a_b: ");
  }

  private static String explained(Throwable cause) {
    var validation = new CertPathValidatorException("SHA1 is disabled", cause);
    return String.valueOf(
        FailureText.ofConnecting(Status.UNAVAILABLE.withCause(validation), false));
  }

  @ParameterizedTest
  @CsvSource({
    "error:1000045c:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED,"
        + " the server requires a client certificate",
    "Received fatal alert: unknown_ca, the server does not accept the client certificate",
    "Received fatal alert: handshake_failure,"
        + " the server ended the TLS handshake (handshake failure); does it accept the client"
        + " certificate?",
  })
  void alertsOfTheServerAreExplained(String message, String text) {
    Status status = Status.UNAVAILABLE.withCause(new IOException(message));

    assertThat(FailureText.ofConnecting(status, false)).isEqualTo(text);
  }

  @Test
  void aCertificateThatIsNotSentIsNotAccepted() {
    var alert = new IOException("TLSV1_ALERT_CERTIFICATE_REQUIRED");

    assertThat(FailureText.ofConnecting(Status.UNAVAILABLE.withCause(alert), true))
        .isEqualTo("the server does not accept the client certificate");
  }

  /**
   * How a call ends; null if it was answered.
   *
   * @param target to which the port is added, unless it is in the table
   */
  private Throwable failure(String target, String table, ChannelCredentials credentials) {
    boolean named = !table.isEmpty();
    var options =
        RedirectClientOptions.builder().credentials(credentials).deadline(Duration.ofSeconds(2));
    if (named) {
      options.staticHosts(StaticHosts.parse(table + server.getPort()));
    }
    try (RedirectClient client =
        RedirectClient.create(named ? target : target + server.getPort(), options.build())) {
      return catchThrowable(() -> client.redirect(VIDEO));
    }
  }

  private static ServerCredentials tls(TestCertificate certificate) throws IOException {
    return TlsServerCredentials.create(
        certificate.certificateFile().toFile(), certificate.keyFile().toFile());
  }

  private static ChannelCredentials trusting(TestCertificate certificate) throws IOException {
    return TlsChannelCredentials.newBuilder()
        .trustManager(certificate.certificateFile().toFile())
        .build();
  }

  private Server start(ServerCredentials credentials) throws IOException {
    return Grpc.newServerBuilderForPort(0, credentials).addService(balancer).build().start();
  }
}
