package io.redirectbalancer.admin;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** OpenMetrics where the Accept header names it, the Prometheus text format otherwise. */
public final class MetricsEndpoint implements Endpoint {
  private static final String OPEN_METRICS = "application/openmetrics-text";
  private static final String OPEN_METRICS_1 = OPEN_METRICS + "; version=1.0.0; charset=utf-8";
  private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry;

  public MetricsEndpoint(PrometheusMeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public Response answer(Request request) {
    String contentType = request.accept().contains(OPEN_METRICS) ? OPEN_METRICS_1 : PROMETHEUS_TEXT;
    return new Response(200, contentType, registry.scrape(contentType));
  }
}
