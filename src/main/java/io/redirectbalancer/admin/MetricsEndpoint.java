package io.redirectbalancer.admin;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

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
  public Response answer(Request request) throws IOException {
    String contentType = request.accept().contains(OPEN_METRICS) ? OPEN_METRICS_1 : PROMETHEUS_TEXT;
    var text = new ConsiderateOutput();
    registry.scrape(text, contentType);
    return new Response(200, contentType, text.toString(StandardCharsets.UTF_8));
  }

  /** Lets calls go first every 8 KB, which is how the text arrives. */
  private static final class ConsiderateOutput extends ByteArrayOutputStream {
    @Override
    @SuppressWarnings("ThreadPriorityCheck") // a hint is all that is wanted
    public synchronized void write(byte[] bytes, int offset, int length) {
      Thread.yield();
      super.write(bytes, offset, length);
    }
  }
}
