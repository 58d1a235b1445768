package io.redirectbalancer.command;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.metrics.ConsiderateRegistry;
import io.redirectbalancer.metrics.ProcessMetrics;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import io.redirectbalancer.transport.ErrorText;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers calls on a server, a sequence and meters of their own, of which nothing remains but their
 * compiled code, so that the first callers do not wait for the compiler.
 */
final class ServeWarmUp {
  private static final Logger log = LoggerFactory.getLogger(ServeWarmUp.class);

  /** The first ones cost ten times as much as the later ones. */
  private static final int SCRAPES = 5;

  private ServeWarmUp() {}

  static void run(ServeSettings settings) {
    Duration time = settings.server().warmUp();
    if (time.isZero() || log.isDebugEnabled()) {
      return; // At debug every call is logged, and these are nobody's.
    }
    long endNanos = System.nanoTime() + time.toNanos();
    var registry = new ConsiderateRegistry();
    try (var process = new ProcessMetrics()) {
      // First of all: it sets a filter, which the registry wants before any meter.
      process.bindTo(registry);
      try (GrpcServer grpc = server(settings.routing().admittingAny(), registry)) {
        grpc.warmUp(Duration.ofNanos(endNanos - System.nanoTime()).multipliedBy(4).dividedBy(5));
      }
      for (int i = 0; i < SCRAPES && System.nanoTime() < endNanos; i++) {
        registry.scrape();
      }
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("error.message", ErrorText.of(e))
          .log("not warmed up; first calls are slow");
    }
  }

  private static GrpcServer server(RoutingTable table, PrometheusMeterRegistry registry) {
    var redirector = new Redirector(table);
    var redirects = new RedirectMetrics(registry, table.targets());
    var service = new RedirectService(redirector::redirect, redirects);
    return new GrpcServer(ServerSettings.forWarmUp(), service.bind(), registry);
  }
}
