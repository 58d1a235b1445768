package io.redirectbalancer.command;

import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.TraceSettings;
import io.redirectbalancer.trace.Tracing;
import io.redirectbalancer.trace.otel.OtelTracing;
import java.util.Optional;

/**
 * Starts tracing. Nothing else that starts a command names OpenTelemetry's classes, so that they
 * are loaded only where an exporter is configured.
 */
final class Traces {
  private Traces() {}

  /**
   * Starts tracing if it is on.
   *
   * @throws ConfigurationException if OpenTelemetry finds one of its variables invalid
   */
  static Tracing start(TraceSettings settings, Optional<String> instance)
      throws ConfigurationException {
    if (!settings.on()) {
      return Tracing.OFF;
    }
    try {
      return OtelTracing.start(settings.service(), instance);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          new ConfigurationError("OTEL_*", "", String.valueOf(e.getMessage())));
    }
  }
}
