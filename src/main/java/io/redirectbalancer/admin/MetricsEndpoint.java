package io.redirectbalancer.admin;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.admin.Accept.MediaType;

/** The Prometheus text format, or OpenMetrics where the Accept header prefers that. */
public final class MetricsEndpoint implements Endpoint {
  private static final MediaType TEXT = new MediaType("text", "plain", "0.0.4");
  private static final MediaType OPEN_METRICS =
      new MediaType("application", "openmetrics-text", "1.0.0");

  private final PrometheusMeterRegistry registry;

  public MetricsEndpoint(PrometheusMeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public String summary() {
    return "the metrics, in the Prometheus text format or as OpenMetrics";
  }

  @Override
  public Response answer(Request request) {
    MediaType type = new Accept(request.accept()).choose(TEXT, OPEN_METRICS);
    String contentType =
        type.type() + "/" + type.subtype() + "; version=" + type.version() + "; charset=utf-8";
    return new Response(200, contentType, registry.scrape(contentType));
  }
}
