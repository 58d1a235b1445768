package io.redirectbalancer.command;

import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.ExplainEndpoint;
import io.redirectbalancer.admin.HealthEndpoint;
import io.redirectbalancer.admin.LoadsEndpoint;
import io.redirectbalancer.admin.MetricsEndpoint;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.metrics.CdnHealthMetrics;
import io.redirectbalancer.metrics.ConsiderateRegistry;
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
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

/** The balancer: gRPC in front, the admin port beside it, until SIGTERM. */
@Command(
    name = "serve",
    description = "Serves Redirect calls until SIGTERM. This is the default command.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class ServeCommand implements Callable<Integer> {
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
    var registry = new ConsiderateRegistry();
    new ProcessMetrics().bindTo(registry);
    RoutingTable table = settings.routing();
    Redirector redirector = new Redirector(table);
    var redirects = new RedirectMetrics(registry, table.targets());
    var routing = new RoutingMetrics(registry, InstantSource.system(), table);
    var reloads = new RouteReloads(redirector, redirects, routing);
    var service = new RedirectService(redirector::redirect, redirects);
    var grpc = new GrpcServer(settings.server(), service.bind(), registry);
    var health = new HealthEndpoint();
    AdminServer admin =
        Ports.listen(
            grpc,
            settings.admin(),
            Map.of(
                "/metrics", new MetricsEndpoint(registry),
                "/healthz", health,
                "/livez", health.liveness(),
                "/explain", new ExplainEndpoint(redirector),
                "/loads", new LoadsEndpoint(redirector)),
            registry);
    var shutdown = new Shutdown(settings.server().drain(), health, grpc, admin);
    Runtime.getRuntime().addShutdownHook(new Thread(shutdown, "shutdown"));

    ServeWarmUp.run(settings);
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
}
