package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.HealthEndpoint;
import io.redirectbalancer.admin.MetricsEndpoint;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.metrics.ProcessMetrics;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.routing.OriginDomains;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** The balancer: gRPC in front, the admin port beside it, until SIGTERM. */
@Command(
    name = "serve",
    description = "Serves Redirect calls until SIGTERM. This is the default command.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class ServeCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(ServeCommand.class);

  /** The first ones cost ten times as much as the later ones. */
  private static final int WARM_UP_SCRAPES = 20;

  @Override
  public Integer call() throws InterruptedException {
    try {
      serve(ServeSettings.read(System.getenv()));
      return 0;
    } catch (ConfigurationException e) {
      e.mistakes().forEach(System.err::println);
      return 2;
    }
  }

  private static void serve(ServeSettings settings)
      throws ConfigurationException, InterruptedException {
    Logging.configure(settings.log());
    var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new ProcessMetrics().bindTo(registry);
    GrpcServer grpc = grpcServer(settings.server(), settings.routing(), registry);
    var health = new HealthEndpoint();
    AdminServer admin =
        Ports.listen(
            grpc,
            settings.admin(),
            Map.of("/metrics", new MetricsEndpoint(registry), "/healthz", health));
    var shutdown = new Shutdown(settings.server().drain(), health, grpc, admin);
    Runtime.getRuntime().addShutdownHook(new Thread(shutdown, "shutdown"));

    warmUp(settings);
    grpc.serve();
    health.serve();
    new StartLog(settings, grpc, admin).write();
    new CountDownLatch(1).await();
  }

  private static GrpcServer grpcServer(
      ServerSettings settings, RoutingTable table, MeterRegistry registry) {
    var metrics = new RedirectMetrics(registry, table.targets());
    var service = new RedirectService(new Redirector(table)::redirect, metrics);
    return new GrpcServer(settings, service.bind(), registry);
  }

  /** Warms up on a server, a sequence and meters of their own, of which nothing remains. */
  private static void warmUp(ServeSettings settings) {
    Duration time = settings.server().warmUp();
    if (time.isZero() || log.isDebugEnabled()) {
      return; // At debug every call is logged, and these are nobody's.
    }
    var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    RoutingTable routing = settings.routing();
    var table =
        new RoutingTable(
            routing.generation(),
            OriginDomains.any(),
            routing.originEvery(),
            routing.policy(),
            routing.cdns());
    try (var process = new ProcessMetrics()) {
      process.bindTo(registry);
      warmUp(grpcServer(ServerSettings.forWarmUp(), table, registry), time);
      for (int i = 0; i < WARM_UP_SCRAPES; i++) {
        registry.scrape();
      }
    } catch (IOException e) {
      log.atWarn().addKeyValue("error", e.getMessage()).log("not warmed up; first calls are slow");
    }
  }

  private static void warmUp(GrpcServer grpc, Duration time) throws IOException {
    try (grpc) {
      grpc.warmUp(time);
    }
  }
}
