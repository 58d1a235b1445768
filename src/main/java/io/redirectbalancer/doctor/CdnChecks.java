package io.redirectbalancer.doctor;

import io.redirectbalancer.probe.CdnCheck;
import io.redirectbalancer.routing.Cdn;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether CDNs answer, and what their answers say about their certificates and this machine's
 * clock.
 *
 * @param probePath where their probes ask; empty if they are not probed
 * @param now the time
 */
public record CdnChecks(Optional<String> probePath, Instant now) {
  private static final Duration TOLERANCE = Duration.ofSeconds(30);

  /** Returns one or more findings for each CDN, and one on the clock. */
  public List<Finding> run(List<Cdn> cdns) {
    List<Finding> findings = new ArrayList<>();
    List<Duration> ahead = new ArrayList<>();
    List<CdnCheck.Result> results = CdnCheck.all(cdns, probePath.orElse("/"));
    for (int i = 0; i < cdns.size(); i++) {
      CdnCheck.Result result = results.get(i);
      findings.add(finding(cdns.get(i), result));
      List<X509Certificate> certificates = result.certificate().stream().toList();
      findings.addAll(
          new CertificateCheck(now).run("that of CDN " + cdns.get(i).name(), certificates));
      result.clockAhead().ifPresent(ahead::add);
    }
    findings.add(clock(ahead));
    return findings;
  }

  private Finding finding(Cdn cdn, CdnCheck.Result result) {
    String text =
        cdn.name()
            + (cdn.name().equals(cdn.address()) ? "" : " at " + cdn.address())
            + ": "
            + result.detail();
    if (probePath.isEmpty() && result.answered()) {
      return Finding.ok("cdn", text + " for /; without PROBE_PATH it is not probed");
    }
    if (result.healthy()) {
      return Finding.ok("cdn", text + " for " + probePath.orElse("/"));
    }
    return Finding.fail(
        "cdn",
        text,
        result.answered()
            ? "set a PROBE_PATH for which it answers 2xx or 3xx"
            : "correct its address, or find out why it cannot be reached from here");
  }

  /** By the median, since one CDN's clock may be wrong as well. */
  private static Finding clock(List<Duration> ahead) {
    if (ahead.isEmpty()) {
      return Finding.skip("clock", "no CDN has said what time it is");
    }
    List<Duration> sorted = ahead.stream().sorted().toList();
    Duration median = sorted.get(sorted.size() / 2);
    long seconds = Math.abs(median.toSeconds());
    String text =
        "this machine is "
            + seconds
            + (median.isNegative() ? " s behind the CDNs" : " s ahead of the CDNs");
    return seconds > TOLERANCE.toSeconds()
        ? Finding.warn("clock", text, "synchronize it (NTP): certificates and logs depend on it")
        : Finding.ok("clock", "within " + Math.max(1, seconds) + " s of the CDNs");
  }
}
