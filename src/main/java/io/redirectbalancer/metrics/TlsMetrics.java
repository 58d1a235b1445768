package io.redirectbalancer.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The certificate in force on one side of TLS, and how it got there. Thread-safe. */
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

  /** Of the port with TLS. */
  public static TlsMetrics ofServer(MeterRegistry registry) {
    return new TlsMetrics(registry, "tls");
  }

  /** Of the connections to balancers. */
  public static TlsMetrics ofClient(MeterRegistry registry) {
    return new TlsMetrics(registry, "tls.client");
  }

  /** A certificate that ends then is in force. */
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

  /** What the files held was taken. */
  public void reloaded() {
    reloaded.increment();
  }

  /** What the files held was rejected. */
  public void rejected() {
    rejected.increment();
  }

  private Counter reloads(String result) {
    return Counter.builder(prefix + ".reloads")
        .description("Times that the TLS files were read again, by whether they were valid")
        .tag("result", result)
        .register(registry);
  }
}
