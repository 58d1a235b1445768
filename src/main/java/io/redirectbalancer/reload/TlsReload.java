package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.TlsFiles;
import io.redirectbalancer.config.TlsMaterial;
import io.redirectbalancer.metrics.TlsMetrics;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts certificates in force, one after the other, while calls are served. What is invalid changes
 * nothing; it is rejected, once, when it stays as it is until the next look, since a renewal that
 * writes one file after the other passes through a moment in which they do not belong together.
 */
public final class TlsReload implements Reloadable {
  private static final Logger log = LoggerFactory.getLogger(TlsReload.class);

  /** Warned of so long before: renewals by ACME begin 30 days before the end. */
  private static final Duration SOON = Duration.ofDays(14);

  /** For certificates of a few days or hours, this part of their time. */
  private static final int SOON_PART = 5;

  /** Who uses the certificates. */
  @FunctionalInterface
  public interface Target {
    /**
     * Takes this for connections from now on.
     *
     * @throws ConfigurationException if it cannot be used; then what was in force stays
     */
    void replace(TlsMaterial material) throws ConfigurationException;
  }

  private TlsFiles files;
  private final Target target;
  private final TlsMetrics metrics;
  private final InstantSource clock;
  private @Nullable ConfigurationException invalid;

  /**
   * @param files as they were read last
   * @param first what is in force, which they held
   */
  public TlsReload(
      TlsFiles files, TlsMaterial first, Target target, TlsMetrics metrics, InstantSource clock) {
    this.files = files;
    this.target = target;
    this.metrics = metrics;
    this.clock = clock;
    show(first);
  }

  @Override
  public void reloadIfChanged() {
    TlsFiles now = files.again();
    if (!now.equals(files)) {
      files = now;
      invalid = take();
    } else if (invalid != null) {
      reject(invalid);
      invalid = null;
    }
  }

  @Override
  public void reload() {
    files = files.again();
    invalid = null;
    ConfigurationException rejected = take();
    if (rejected != null) {
      reject(rejected);
    }
  }

  /** Null if what the files hold is in force; otherwise why it is not. */
  private @Nullable ConfigurationException take() {
    try {
      TlsMaterial material = files.material();
      target.replace(material);
      metrics.reloaded();
      var line = log.atInfo().addKeyValue("files", files.toString());
      if (!material.certificates().isEmpty()) {
        X509Certificate certificate = material.certificates().get(0);
        line =
            line.addKeyValue("subject", certificate.getSubjectX500Principal().getName())
                .addKeyValue("not_after", certificate.getNotAfter().toInstant());
      }
      line.log("TLS files reloaded");
      show(material);
      return null;
    } catch (ConfigurationException e) {
      return e;
    }
  }

  private void reject(ConfigurationException rejected) {
    metrics.rejected();
    log.atError()
        .addKeyValue("files", files.toString())
        .addKeyValue("errors", rejected.toLine())
        .log("TLS files rejected; what was in force stays");
  }

  private void show(TlsMaterial material) {
    if (material.certificates().isEmpty()) {
      return;
    }
    X509Certificate certificate = material.certificates().get(0);
    metrics.inForce(certificate.getNotAfter().toInstant());
    String warning = warning(certificate);
    if (warning != null) {
      log.atWarn()
          .addKeyValue("files", files.toString())
          .addKeyValue("subject", certificate.getSubjectX500Principal().getName())
          .addKeyValue("not_before", certificate.getNotBefore().toInstant())
          .addKeyValue("not_after", certificate.getNotAfter().toInstant())
          .log(warning);
    }
  }

  private @Nullable String warning(X509Certificate certificate) {
    Instant now = clock.instant();
    Instant begin = certificate.getNotBefore().toInstant();
    Instant end = certificate.getNotAfter().toInstant();
    Duration part = Duration.between(begin, end).dividedBy(SOON_PART);
    if (now.isBefore(begin)) {
      return "the certificate is not valid yet";
    }
    if (now.isAfter(end)) {
      return "the certificate has expired";
    }
    return now.plus(part.compareTo(SOON) < 0 ? part : SOON).isAfter(end)
        ? "the certificate expires soon"
        : null;
  }

  @Override
  public String toString() {
    return files.toString();
  }
}
