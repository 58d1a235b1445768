package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS and its files as users run it: renewals, SIGHUP, and commands that call by TLS. */
class TlsIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String VIDEO = "http://s1.origin-cluster/video/1/a.m3u8";
  private static final String VIDEO_ON_CDN = "http://cdn.example.com/s1/video/1/a.m3u8";

  private final TestCertificate certificate;
  private final TestCertificate other;

  TlsIT(@TempDir Path folder) throws Exception {
    certificate = TestCertificate.create(folder.resolve("first"));
    other = TestCertificate.create(folder.resolve("other"));
  }

  @Test
  void aRenewedCertificateIsServedWhileAnOpenConnectionCallsOn() throws Exception {
    PeerCertificate peer = new PeerCertificate();
    try (BalancerProcess balancer = BalancerProcess.start(serverVariables())) {
      AtomicBoolean renewed = new AtomicBoolean();
      ManagedChannel channel = trustingChannel(balancer.tlsPort());
      redirect(channel);
      var calls = CompletableFuture.supplyAsync(() -> callUntil(channel, renewed));
      assertThat(peer.of(balancer.tlsPort())).isEqualTo(certificate.certificate());

      TestCertificate second = certificate.renewed();
      await().atMost(LIMIT).until(() -> peer.of(balancer.tlsPort()).equals(second.certificate()));
      renewed.set(true);
      assertThat(calls.get(60, TimeUnit.SECONDS)).isPositive();

      Scrape scrape = scrape(balancer);
      assertThat(scrape.value("tls_reloads_total", "result", "success")).isEqualTo(1);
      assertThat(scrape.value("tls_certificate_expiry_timestamp_seconds"))
          .isEqualTo(second.expirySeconds());

      Files.copy(other.keyFile(), certificate.keyFile(), StandardCopyOption.REPLACE_EXISTING);
      await()
          .atMost(LIMIT)
          .until(() -> scrape(balancer).value("tls_reloads_total", "result", "failure") == 1);
      assertThat(peer.of(balancer.tlsPort())).isEqualTo(second.certificate());
      assertThat(balancer.stdout()).noneMatch(line -> line.contains("micrometer"));
      assertThat(balancer.stdout())
          .filteredOn(line -> line.contains("ERROR"))
          .singleElement()
          .asString()
          .contains("TLS files rejected; what was in force stays", "the key is not the cert");
    }
  }

  /** Calls on one connection: a second one would not trust the new certificate. */
  private static int callUntil(ManagedChannel channel, AtomicBoolean end) {
    try {
      int calls = 0;
      boolean last;
      do {
        last = end.get();
        redirect(channel);
        calls++;
      } while (!last);
      return calls;
    } finally {
      channel.shutdownNow();
    }
  }

  private static void redirect(ManagedChannel channel) {
    String url =
        loadBalancerGrpc
            .newBlockingStub(channel)
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .redirect(Request.newBuilder().setVideo(VIDEO).build())
            .getRedirect();
    assertThat(url).isNotEmpty();
  }

  private ManagedChannel trustingChannel(int port) {
    try {
      return Grpc.newChannelBuilderForAddress(
              "localhost",
              port,
              TlsChannelCredentials.newBuilder()
                  .trustManager(certificate.certificateFile().toFile())
                  .build())
          .build();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void hangUpReadsTheRoutesAndTheTlsFilesAgain(@TempDir Path folder) throws Exception {
    Path routes = Files.writeString(folder.resolve("routes.json"), "{\"CDN_HOST\": \"a\"}");
    Map<String, String> variables = serverVariables();
    variables.put("ROUTES_FILE", routes.toString());
    try (BalancerProcess balancer = BalancerProcess.start(variables)) {
      balancer.hangUp();

      await().atMost(LIMIT).until(() -> logs(balancer, "TLS files reloaded") == 1);
      assertThat(logs(balancer, "redirect_balancer.generation\":2")).isEqualTo(1);
      balancer.terminate();
      assertThat(balancer.awaitExit(LIMIT)).isZero();
    }
  }

  @Test
  void hangUpOfAProcessWithoutFilesIsLogged() throws Exception {
    try (BalancerProcess balancer = BalancerProcess.start(Map.of())) {
      balancer.hangUp();

      await().atMost(LIMIT).until(() -> logs(balancer, "there is no file to read again") == 1);
      assertThat(balancer.isAlive()).isTrue();
    }
  }

  @Test
  void callAndEdgeShowTheirCertificate() throws Exception {
    Map<String, String> variables = serverVariables();
    variables.put("TLS_CLIENT_CA", other.certificateFile().toString());
    try (BalancerProcess balancer = BalancerProcess.start(variables);
        BalancerProcess call = call(balancer, clientVariables());
        BalancerProcess edge = edge(balancer, clientVariables())) {
      String where = BalancerProcess.FRONT ? "TLS" : "TLS_PORT";
      assertThat(logs(balancer, "TLS_CLIENT_CA holds for " + where + " only")).isEqualTo(1);
      assertThat(call.awaitExit(LIMIT)).as(() -> call.stdout().toString()).isZero();
      assertThat(call.stdout()).first().asString().startsWith(VIDEO_ON_CDN + " from ");

      try (BalancerProcess throughEdge = call(edge.port(), Map.of())) {
        assertThat(throughEdge.awaitExit(LIMIT)).isZero();
        assertThat(throughEdge.stdout()).first().asString().startsWith(VIDEO_ON_CDN + " from ");
      }
      edge.hangUp();
      await()
          .atMost(LIMIT)
          .until(() -> scrape(edge).value("tls_client_reloads_total", "result", "success") == 1);
      assertThat(scrape(edge).value("tls_client_certificate_expiry_timestamp_seconds"))
          .isEqualTo(other.expirySeconds());
    }
  }

  @Test
  void aCallWithoutACertificateIsToldThatItNeedsOne() throws Exception {
    Map<String, String> variables = serverVariables();
    variables.put("TLS_CLIENT_CA", other.certificateFile().toString());
    Map<String, String> without = clientVariables();
    without.remove("BALANCER_CERT");
    without.remove("BALANCER_KEY");
    try (BalancerProcess balancer = BalancerProcess.start(variables);
        BalancerProcess call = call(balancer, without)) {
      assertThat(call.awaitExit(LIMIT)).isEqualTo(1);
      assertThat(call.stdout())
          .first()
          .asString()
          .startsWith("failed with ")
          .contains("the server requires a client certificate");
      assertThat(call.stderr()).noneMatch(line -> line.contains("Exception"));
    }
  }

  @Test
  void aKeyThatTheTlsLibraryRejectsIsOneLineAndExitCode2(@TempDir Path folder) throws Exception {
    Path key = folder.resolve("key.pem");
    try (var resource = TlsIT.class.getResourceAsStream("/tls/rsa512.key")) {
      Files.copy(Objects.requireNonNull(resource), key);
    }
    Map<String, String> variables = serverVariables();
    variables.putAll(Map.of("CDN_HOST", "cdn.example.com", "TLS_KEY", key.toString()));
    try (BalancerProcess balancer = BalancerProcess.run(variables)) {
      assertThat(balancer.awaitExit(LIMIT)).isEqualTo(2);
      assertThat(balancer.stderr()).singleElement().asString().contains("RSA key has 512 bits");
    }
  }

  private Map<String, String> serverVariables() {
    return new HashMap<>(
        Map.of(
            "TLS_PORT",
            "0",
            "TLS_CERT",
            certificate.certificateFile().toString(),
            "TLS_KEY",
            certificate.keyFile().toString(),
            "WARM_UP_SECONDS",
            "0"));
  }

  private Map<String, String> clientVariables() {
    return new HashMap<>(
        Map.of(
            "BALANCER_TLS", "on",
            "BALANCER_CA", certificate.certificateFile().toString(),
            "BALANCER_CERT", other.certificateFile().toString(),
            "BALANCER_KEY", other.keyFile().toString()));
  }

  private static BalancerProcess call(BalancerProcess balancer, Map<String, String> variables)
      throws IOException {
    return call(balancer.tlsPort(), variables);
  }

  private static BalancerProcess call(int port, Map<String, String> variables) throws IOException {
    Map<String, String> patient = new HashMap<>(variables);
    patient.put("CALL_DEADLINE_MS", "20000");
    patient.put("ATTEMPT_TIMEOUT_MS", "19000");
    return BalancerProcess.run(patient, "call", "--target", "localhost:" + port, VIDEO);
  }

  private static BalancerProcess edge(BalancerProcess balancer, Map<String, String> variables)
      throws IOException {
    Map<String, String> all = new HashMap<>(variables);
    all.put("BALANCER_TARGET", "static:///fleet");
    all.put("STATIC_HOSTS", "fleet=localhost:" + balancer.tlsPort());
    all.put("WARM_UP_SECONDS", "0");
    all.put("CALL_DEADLINE_MS", "20000");
    all.put("ATTEMPT_TIMEOUT_MS", "19000");
    return BalancerProcess.start(all, "edge");
  }

  private static long logs(BalancerProcess process, String text) {
    return Stream.of(process.stdout()).flatMap(List::stream).filter(l -> l.contains(text)).count();
  }

  private static Scrape scrape(BalancerProcess process) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + process.adminPort() + "/metrics");
    return Scrape.parse(
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
            .body());
  }
}
