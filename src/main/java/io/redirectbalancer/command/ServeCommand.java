package io.redirectbalancer.command;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.ExplainEndpoint;
import io.redirectbalancer.admin.HealthEndpoint;
import io.redirectbalancer.admin.LoadsEndpoint;
import io.redirectbalancer.admin.MetricsEndpoint;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProcessInput;
import io.redirectbalancer.metrics.CdnHealthMetrics;
import io.redirectbalancer.metrics.ConsiderateRegistry;
import io.redirectbalancer.metrics.ProcessMetrics;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.metrics.RoutingMetrics;
import io.redirectbalancer.probe.CdnProbes;
import io.redirectbalancer.reload.FileWatch;
import io.redirectbalancer.reload.Reloadable;
import io.redirectbalancer.reload.RouteReloads;
import io.redirectbalancer.reload.RoutesFileReload;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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

  @Override
  public Integer call() throws Exception {
    ProcessLimits.limitDirectMemory();
    Map<String, String> environment = ProcessInput.environment();
    serve(ServeSettings.read(environment), LookAlikes.warnings(environment));
    return 0;
  }

  private static void serve(ServeSettings settings, List<String> warnings) throws Exception {
    MeterBinder logLines = Logging.configure(settings.log(), false);
    warnings.forEach(log::warn);
    var registry = new ConsiderateRegistry();
    new ProcessMetrics().bindTo(registry);
    logLines.bindTo(registry);
    RoutingTable table = settings.routing();
    Redirector redirector = new Redirector(table);
    var redirects = new RedirectMetrics(registry, table.targets());
    var routing = new RoutingMetrics(registry, InstantSource.system(), redirector);
    var reloads =
        new RouteReloads(
            redirector,
            redirects,
            routing,
            settings.probes().isPresent(),
            CompletableFuture.delayedExecutor(5, TimeUnit.MINUTES));
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
    List<Reloadable> reloadable = new ArrayList<>();
    settings.routesFile().ifPresent(file -> reloadable.add(new RoutesFileReload(file, reloads)));
    TlsReloads.ofServer(settings.server(), grpc, registry).ifPresent(reloadable::add);
    FileWatch files = Hangup.reloads(new FileWatch(reloadable));
    new Shutdown(settings.server().drain(), health, grpc, admin)
        .after(
            () -> {
              ServeWarmUp.run(settings);
              files.start();
              settings
                  .probes()
                  .ifPresent(p -> CdnProbes.start(p, redirector, new CdnHealthMetrics(registry)));
              grpc.serve();
              health.serve();
              new StartLog(settings, grpc, admin).write();
              OldGeneration.watch();
              HeapGuard.watch(grpc::closeHeaviestConnections);
            });
  }
}
