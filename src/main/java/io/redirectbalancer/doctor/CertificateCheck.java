package io.redirectbalancer.doctor;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether certificates are valid now and for some time.
 *
 * @param now the time
 */
public record CertificateCheck(Instant now) {
  private static final String ABOUT = "certificate";
  private static final Duration SOON = Duration.ofDays(14);

  /**
   * Returns a finding for the certificates of a file: about the one that expires first.
   *
   * @param what the file's variable, or whose certificates they are
   */
  public List<Finding> run(String what, List<X509Certificate> certificates) {
    List<Finding> findings = new ArrayList<>();
    for (X509Certificate certificate : certificates) {
      Instant from = certificate.getNotBefore().toInstant();
      if (now.isBefore(from)) {
        findings.add(
            Finding.fail(
                ABOUT,
                what + " is not valid before " + from,
                "wait, correct the clock, or renew it"));
      }
    }
    certificates.stream()
        .map(certificate -> certificate.getNotAfter().toInstant())
        .min(Instant::compareTo)
        .ifPresent(expiry -> findings.add(expiry(what, expiry)));
    return findings;
  }

  private Finding expiry(String what, Instant expiry) {
    if (now.isAfter(expiry)) {
      return Finding.fail(ABOUT, what + " expired at " + expiry, "renew it");
    }
    Duration left = Duration.between(now, expiry);
    String text = what + " expires in " + left.toDays() + " days, at " + expiry;
    return left.compareTo(SOON) < 0
        ? Finding.warn(ABOUT, text, "renew it; the files are read again when they change")
        : Finding.ok(ABOUT, text);
  }
}
