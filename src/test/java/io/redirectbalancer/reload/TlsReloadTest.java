package io.redirectbalancer.reload;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.Scrape;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.TlsMaterial;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.metrics.TlsMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that change while calls are served. */
class TlsReloadTest {
  private final TestCertificate first;
  private final TestCertificate other;
  private final TlsSettings settings;
  private final List<X509Certificate> taken = new ArrayList<>();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  TlsReloadTest(@TempDir Path folder) throws Exception {
    first = TestCertificate.create(folder.resolve("first"));
    other = TestCertificate.create(folder.resolve("other"));
    settings = first.tls(0);
  }

  @Test
  void filesThatStayAsTheyAreChangeNothing() {
    TlsReload reload = reload(first.certificate().getNotBefore().toInstant());

    reload.reloadIfChanged();

    assertThat(taken).isEmpty();
    assertReloads(0, 0);
    assertThat(expiry()).isEqualTo(first.expirySeconds());
  }

  @Test
  void aRenewedCertificateForTheSameKeyIsTakenOnce() throws Exception {
    TlsReload reload = reload(first.certificate().getNotBefore().toInstant());
    TestCertificate renewed = first.renewed();
    assertThat(renewed.key()).isEqualTo(first.key());

    reload.reloadIfChanged();
    reload.reloadIfChanged();

    assertThat(taken).containsExactly(renewed.certificate());
    assertReloads(1, 0);
    assertThat(expiry()).isEqualTo(renewed.expirySeconds());
  }

  @Test
  void aPairThatFitsByTheNextLookIsNoFailure() throws Exception {
    TlsReload reload = reload(other.certificate().getNotBefore().toInstant());
    try (CapturedLogs logs = new CapturedLogs()) {
      copy(other.certificateFile(), first.certificateFile());
      reload.reloadIfChanged();
      copy(other.keyFile(), first.keyFile());
      reload.reloadIfChanged();
      reload.reloadIfChanged();

      assertThat(logs.ours()).extracting(ILoggingEvent::getLevel).containsExactly(Level.INFO);
    }
    assertThat(taken).containsExactly(other.certificate());
    assertReloads(1, 0);
  }

  @Test
  void aPairThatDoesNotFitIsRejectedOnceAndTheOldOneStays() throws Exception {
    TlsReload reload = reload(first.certificate().getNotBefore().toInstant());
    try (CapturedLogs logs = new CapturedLogs()) {
      copy(other.keyFile(), first.keyFile());
      for (int i = 0; i < 5; i++) {
        reload.reloadIfChanged();
      }

      assertThat(logs.ours())
          .singleElement()
          .satisfies(
              event -> {
                assertThat(event.getLevel()).isEqualTo(Level.ERROR);
                assertThat(event.getKeyValuePairs().toString())
                    .contains("TLS_CERT, TLS_KEY: the key is not the certificate's");
              });
    }
    assertThat(taken).isEmpty();
    assertReloads(0, 1);
    assertThat(expiry()).isEqualTo(first.expirySeconds());
  }

  @Test
  void whatTheTlsLibraryRejectsIsRejected() throws Exception {
    var reload =
        new TlsReload(
            settings.files(),
            settings.material(),
            material -> {
              throw new ConfigurationException(
                  new ConfigurationError("TLS_CERT", "rejected by the library"));
            },
            TlsMetrics.ofServer(registry),
            () -> first.certificate().getNotBefore().toInstant());
    first.renewed();

    reload.reloadIfChanged();
    reload.reloadIfChanged();

    assertReloads(0, 1);
    assertThat(expiry()).isEqualTo(first.expirySeconds());
  }

  @Test
  void aReloadThatIsAskedForAlwaysSaysWhatBecameOfIt() throws Exception {
    TlsReload reload = reload(first.certificate().getNotBefore().toInstant());
    try (CapturedLogs logs = new CapturedLogs()) {
      reload.reload();
      Files.delete(first.keyFile());
      reload.reload();
      reload.reloadIfChanged();

      assertThat(logs.ours())
          .extracting(ILoggingEvent::getLevel)
          .containsExactly(Level.INFO, Level.ERROR);
    }
    assertReloads(1, 1);
  }

  @Test
  void aCertificateThatIsNotValidYetOrNoLongerOrSoonIsWarnedOf() {
    Instant begin = first.certificate().getNotBefore().toInstant();
    Instant end = first.certificate().getNotAfter().toInstant();
    Duration fifth = Duration.between(begin, end).dividedBy(5);

    assertThat(warnings(begin.minusSeconds(1))).containsExactly("the certificate is not valid yet");
    assertThat(warnings(begin)).isEmpty();
    assertThat(warnings(end.minus(Duration.ofDays(14)))).isEmpty();
    assertThat(warnings(end.minus(Duration.ofDays(14)).plusSeconds(1)))
        .containsExactly("the certificate expires soon");
    assertThat(warnings(end.plusSeconds(1))).containsExactly("the certificate has expired");
    assertThat(fifth).isGreaterThan(Duration.ofDays(14));
  }

  @Test
  void aCertificateOfAFewDaysIsWarnedOfInTheLastFifthOfItsTime() throws Exception {
    TlsReload reload = reload(first.certificate().getNotBefore().toInstant());
    X509Certificate renewed = first.renewed().certificate(); // of 30 days
    Instant end = renewed.getNotAfter().toInstant();
    reload.reload();

    assertThat(warnings(end.minus(Duration.ofDays(6)), renewed)).isEmpty();
    assertThat(warnings(end.minus(Duration.ofDays(6)).plusSeconds(1), renewed))
        .containsExactly("the certificate expires soon");
  }

  private List<String> warnings(Instant now) {
    return warnings(now, first.certificate());
  }

  private List<String> warnings(Instant now, X509Certificate certificate) {
    var material = new TlsMaterial(List.of(certificate), settings.material().key(), List.of());
    try (CapturedLogs logs = new CapturedLogs()) {
      var unused =
          new TlsReload(
              settings.files(), material, m -> {}, TlsMetrics.ofClient(registry), () -> now);
      assertThat(logs.ours()).allMatch(event -> event.getLevel() == Level.WARN);
      return logs.ours().stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
  }

  private TlsReload reload(Instant now) {
    return new TlsReload(
        settings.files(),
        settings.material(),
        material -> taken.add(material.certificates().get(0)),
        TlsMetrics.ofServer(registry),
        () -> now);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  private double expiry() {
    return Scrape.parse(registry.scrape()).value("tls_certificate_expiry_timestamp_seconds");
  }

  private void assertReloads(int success, int failure) {
    Scrape scrape = Scrape.parse(registry.scrape());
    assertThat(scrape.value("tls_reloads_total", "result", "success")).isEqualTo(success);
    assertThat(scrape.value("tls_reloads_total", "result", "failure")).isEqualTo(failure);
  }
}
