package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.Endpoint;
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
import java.util.ArrayList;
import java.util.List;
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
        listen(
            grpc, settings, Map.of("/metrics", new MetricsEndpoint(registry), "/healthz", health));
    var shutdown = new Shutdown(settings.server().drain(), health, grpc, admin);
    Runtime.getRuntime().addShutdownHook(new Thread(shutdown, "shutdown"));

    warmUp(settings);
    grpc.serve();
    health.serve();
    logStart(settings, grpc, admin);
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
    var table = new RoutingTable(OriginDomains.any(), routing.originEvery(), routing.cdn());
    try (GrpcServer grpc = grpcServer(ServerSettings.forWarmUp(), table, registry)) {
      grpc.warmUp(time);
    } catch (IOException e) {
      log.atWarn().addKeyValue("error", e.getMessage()).log("not warmed up; first calls are slow");
    }
  }

  /** Listens on all ports; if any of them cannot be listened on, the others are closed again. */
  private static AdminServer listen(
      GrpcServer grpc, ServeSettings settings, Map<String, Endpoint> endpoints)
      throws ConfigurationException {
    List<String> mistakes = new ArrayList<>(grpc.start());
    String host = settings.admin().host();
    int port = settings.admin().port();
    try {
      AdminServer admin = new AdminServer(host, port, endpoints);
      if (mistakes.isEmpty()) {
        return admin;
      }
      admin.close();
    } catch (IOException e) {
      mistakes.add(
          "ADMIN_HOST, ADMIN_PORT: cannot listen on %s:%d: %s (expected: an address of this machine and a free port; 0 takes any)"
              .formatted(host, port, e.getMessage()));
    }
    grpc.close();
    throw new ConfigurationException(mistakes);
  }

  private static void logStart(ServeSettings settings, GrpcServer grpc, AdminServer admin) {
    var server = settings.server();
    var ports = grpc.ports();
    var line =
        log.atInfo()
            .addKeyValue("transport", grpc.transport())
            .addKeyValue("port", ports.get(0))
            .addKeyValue("admin", settings.admin().host() + ":" + admin.port())
            .addKeyValue("cdn_host", settings.routing().cdn())
            .addKeyValue("origin_every", settings.routing().originEvery())
            .addKeyValue("origin_domains", settings.routing().originDomains())
            .addKeyValue("reflection", server.reflection())
            .addKeyValue("max_calls_per_connection", server.maxCallsPerConnection())
            .addKeyValue("max_connection_age_seconds", server.maxConnectionAge().toSeconds())
            .addKeyValue("warm_up_seconds", server.warmUp().toSeconds())
            .addKeyValue("drain_seconds", server.drain().toSeconds())
            .addKeyValue("log_level", settings.log().level());
    if (ports.size() > 1) {
      line = line.addKeyValue("tls_port", ports.get(1));
    }
    if (server.instanceName().isPresent()) {
      line = line.addKeyValue("instance_name", server.instanceName().get());
    }
    line.log("serving");
    if (settings.routing().originDomains().admitsAny()) {
      log.warn(
          "ORIGIN_DOMAINS=* redirects viewers to any host that a caller names;"
              + " a list of your origins' domains is safer");
    }
  }
}
