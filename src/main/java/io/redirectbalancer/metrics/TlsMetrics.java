package io.redirectbalancer.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Meters of the certificate in force on one side of TLS, and of reloads. Thread-safe. */
public final class TlsMetrics {
  private final MeterRegistry registry;
  private final String prefix;
  private final Counter reloaded;
  private final Counter rejected;
  private volatile long expirySeconds;
  private @Nullable Gauge gauge;

  private TlsMetrics(MeterRegistry registry, String prefix) {
    this.registry = registry;
    this.prefix = prefix;
    reloaded = reloads("success");
    rejected = reloads("failure");
  }

  /** Returns the meters of the TLS port. */
  public static TlsMetrics ofServer(MeterRegistry registry) {
    return new TlsMetrics(registry, "tls");
  }

  /** Returns the meters of the connections to balancers. */
  public static TlsMetrics ofClient(MeterRegistry registry) {
    return new TlsMetrics(registry, "tls.client");
  }

  /** Records the expiry of the certificate in force. */
  public synchronized void inForce(Instant expiry) {
    expirySeconds = expiry.getEpochSecond();
    if (gauge == null) {
      gauge =
          Gauge.builder(prefix + ".certificate.expiry.timestamp", this, tls -> tls.expirySeconds)
              .description("When the certificate in force expires")
              .baseUnit("seconds")
              .strongReference(true)
              .register(registry);
    }
  }

  /** Records that the files were accepted. */
  public void reloaded() {
    reloaded.increment();
  }

  /** Records that the files were rejected. */
  public void rejected() {
    rejected.increment();
  }

  private Counter reloads(String result) {
    return Counter.builder(prefix + ".reloads")
        .description("Reloads of the TLS files, by whether the files were valid")
        .tag("result", result)
        .register(registry);
  }
}
