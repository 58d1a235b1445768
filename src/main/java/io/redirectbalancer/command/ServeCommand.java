package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.ExplainEndpoint;
import io.redirectbalancer.admin.HealthEndpoint;
import io.redirectbalancer.admin.LoadsEndpoint;
import io.redirectbalancer.admin.MetricsEndpoint;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.metrics.CdnHealthMetrics;
import io.redirectbalancer.metrics.ProcessMetrics;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.metrics.RoutingMetrics;
import io.redirectbalancer.probe.CdnProbes;
import io.redirectbalancer.routes.RouteReloads;
import io.redirectbalancer.routes.RoutesFileWatch;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
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
  private static final int WARM_UP_SCRAPES = 5;

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
    RoutingTable table = settings.routing();
    Redirector redirector = new Redirector(table);
    var redirects = new RedirectMetrics(registry, table.targets());
    var routing = new RoutingMetrics(registry, InstantSource.system(), table);
    var reloads = new RouteReloads(redirector, redirects, routing);
    GrpcServer grpc = grpcServer(settings.server(), redirector, redirects, registry);
    var health = new HealthEndpoint();
    AdminServer admin =
        Ports.listen(
            grpc,
            settings.admin(),
            Map.of(
                "/metrics", new MetricsEndpoint(registry),
                "/healthz", health,
                "/explain", new ExplainEndpoint(redirector),
                "/loads", new LoadsEndpoint(redirector)));
    var shutdown = new Shutdown(settings.server().drain(), health, grpc, admin);
    Runtime.getRuntime().addShutdownHook(new Thread(shutdown, "shutdown"));

    warmUp(settings);
    settings.routesFile().ifPresent(file -> new RoutesFileWatch(file, reloads).start());
    settings
        .probes()
        .ifPresent(p -> CdnProbes.start(p, redirector, new CdnHealthMetrics(registry)));
    grpc.serve();
    health.serve();
    new StartLog(settings, grpc, admin).write();
    OldGeneration.watch();
    new CountDownLatch(1).await();
  }

  private static GrpcServer grpcServer(
      ServerSettings settings,
      Redirector redirector,
      RedirectMetrics metrics,
      MeterRegistry registry) {
    var service = new RedirectService(redirector::redirect, metrics);
    return new GrpcServer(settings, service.bind(), registry);
  }

  /** Warms up on a server, a sequence and meters of their own, of which nothing remains. */
  private static void warmUp(ServeSettings settings) {
    Duration time = settings.server().warmUp();
    if (time.isZero() || log.isDebugEnabled()) {
      return; // At debug every call is logged, and these are nobody's.
    }
    var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    RoutingTable table = settings.routing().admittingAny();
    var redirector = new Redirector(table);
    try (var process = new ProcessMetrics()) {
      // First of all: it sets a filter, which the registry wants before any meter.
      process.bindTo(registry);
      var redirects = new RedirectMetrics(registry, table.targets());
      warmUp(grpcServer(ServerSettings.forWarmUp(), redirector, redirects, registry), time);
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
