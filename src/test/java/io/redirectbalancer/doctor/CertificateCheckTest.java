package io.redirectbalancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.doctor.Finding.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateCheckTest {
  private static TestCertificate certificate;

  @BeforeAll
  static void create(@TempDir Path folder) throws Exception {
    certificate = TestCertificate.create(folder);
  }

  @Test
  void saysWhenItExpires() {
    Instant expiry = certificate.certificate().getNotAfter().toInstant();

    assertThat(at(expiry.minus(Duration.ofDays(20).plusHours(1))))
        .containsExactly(Finding.ok("certificate", "TLS_CERT expires in 20 days, at " + expiry));
    assertThat(at(expiry.minus(Duration.ofDays(13))))
        .extracting(Finding::level)
        .containsExactly(Level.WARN);
    assertThat(at(expiry.plusSeconds(1)))
        .containsExactly(Finding.fail("certificate", "TLS_CERT expired at " + expiry, "renew it"));
  }

  @Test
  void saysThatItIsNotValidYet() {
    Instant from = certificate.certificate().getNotBefore().toInstant();

    assertThat(at(from.minusSeconds(60)))
        .first()
        .isEqualTo(
            Finding.fail(
                "certificate",
                "TLS_CERT is not valid before " + from,
                "wait, correct the clock, or renew it"));
  }

  @Test
  void hasNothingToSayWithoutCertificates() {
    assertThat(new CertificateCheck(Instant.EPOCH).run("TLS_CLIENT_CA", List.of())).isEmpty();
  }

  private static List<Finding> at(Instant now) {
    return new CertificateCheck(now).run("TLS_CERT", List.of(certificate.certificate()));
  }
}
