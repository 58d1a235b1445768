package io.redirectbalancer.command;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.Endpoint;
import io.redirectbalancer.admin.HealthEndpoint;
import io.redirectbalancer.admin.MetricsEndpoint;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProcessInput;
import io.redirectbalancer.edge.EdgeHandler;
import io.redirectbalancer.metrics.ConsiderateRegistry;
import io.redirectbalancer.metrics.ProcessMetrics;
import io.redirectbalancer.reload.FileWatch;
import io.redirectbalancer.reload.Reloadable;
import io.redirectbalancer.reload.RoutingLog;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import io.redirectbalancer.transport.Transport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** The proxy: a balancer's gRPC and admin ports in front, the client behind, until SIGTERM. */
@Command(
    name = "edge",
    description = "Serves Redirect calls by passing them on to the balancers of BALANCER_TARGET.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class EdgeCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(EdgeCommand.class);

  @Override
  public Integer call() throws Exception {
    ProcessLimits.limitDirectMemory();
    Map<String, String> environment = ProcessInput.environment();
    serve(EdgeSettings.read(environment), LookAlikes.warnings(environment));
    return 0;
  }

  private static void serve(EdgeSettings settings, List<String> warnings) throws Exception {
    MeterBinder logLines = Logging.configure(settings.log(), settings.verbose());
    warnings.forEach(log::warn);
    var registry = new ConsiderateRegistry();
    new ProcessMetrics().bindTo(registry);
    logLines.bindTo(registry);
    Transport transport = Transport.create();
    Optional<BalancerTls> tls = BalancerTls.of(settings.client());
    RedirectClient client = settings.connect(transport, tls, registry);
    var service = new RedirectService(new EdgeHandler(client));
    var grpc = new GrpcServer(settings.server(), service.bind(), registry, transport);
    var health = new HealthEndpoint();
    Map<String, Endpoint> endpoints = new HashMap<>(BreakerEndpoints.of(client.breakers()));
    endpoints.put("/metrics", new MetricsEndpoint(registry));
    endpoints.put("/healthz", health);
    endpoints.put("/livez", health.liveness());
    AdminServer admin = Ports.listen(grpc, settings.admin(), endpoints, registry);
    List<Reloadable> reloadable = new ArrayList<>();
    TlsReloads.ofServer(settings.server(), grpc, registry).ifPresent(reloadable::add);
    tls.map(used -> TlsReloads.ofClient(used, registry)).ifPresent(reloadable::add);
    FileWatch files = Hangup.reloads(new FileWatch(reloadable));
    new Shutdown(settings.server().drain(), health, grpc, admin)
        .after(
            () -> {
              EdgeWarmUp.run(settings);
              files.start();
              grpc.serve();
              health.serve();
              logStart(settings, grpc, admin);
              OldGeneration.watch();
              HeapGuard.watch(grpc::closeHeaviestConnections);
            });
  }

  private static void logStart(EdgeSettings settings, GrpcServer grpc, AdminServer admin) {
    var line =
        log.atInfo()
            .addKeyValue("transport", grpc.transport())
            .addKeyValue("port", grpc.ports().get(0))
            .addKeyValue("admin", AdminSettings.authority(settings.admin().host(), admin.port()))
            .addKeyValue("balancer_target", settings.target())
            .addKeyValue("balancer_tls", settings.client().tls().isPresent() ? "on" : "off")
            .addKeyValue("fail_open", settings.failOpen());
    if (settings.server().tls().isPresent()) {
      line = line.addKeyValue("tls_port", grpc.ports().get(1));
    }
    line.log("serving");
    TlsReloads.warnOfPlaintext(settings.server(), log);
    if (settings.failOpen() && settings.originDomains().admitsAny()) {
      log.warn(RoutingLog.ANY_ORIGIN);
    }
  }
}
