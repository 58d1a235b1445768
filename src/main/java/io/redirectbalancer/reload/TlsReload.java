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
 * Replaces certificates while calls are served. Invalid files change nothing. They are rejected,
 * once, if they are still unchanged at the next check: a renewal that writes one file after the
 * other leaves them mismatched for a moment.
 */
public final class TlsReload implements Reloadable {
  private static final Logger log = LoggerFactory.getLogger(TlsReload.class);

  /** How long before expiry a warning is logged: ACME renewals begin 30 days before. */
  private static final Duration SOON = Duration.ofDays(14);

  /** For certificates valid for days or hours, this fraction of their lifetime. */
  private static final int SOON_PART = 5;

  /** A user of the certificates. */
  @FunctionalInterface
  public interface Target {
    /**
     * Uses this for new connections.
     *
     * @throws ConfigurationException if it cannot be used; the previous material stays in force
     */
    void replace(TlsMaterial material) throws ConfigurationException;
  }

  private TlsFiles files;
  private final Target target;
  private final TlsMetrics metrics;
  private final InstantSource clock;
  private @Nullable ConfigurationException invalid;

  /**
   * @param files the files as last read
   * @param first the material in force, read from them
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

  /** Puts the files' content in force; returns null, or why it cannot. */
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
