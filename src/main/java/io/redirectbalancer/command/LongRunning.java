package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.Endpoint;
import io.redirectbalancer.admin.HealthEndpoint;
import io.redirectbalancer.admin.MetricsEndpoint;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.metrics.ConsiderateRegistry;
import io.redirectbalancer.metrics.ProcessMetrics;
import io.redirectbalancer.reload.FileWatch;
import io.redirectbalancer.reload.Reloadable;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import io.redirectbalancer.server.WarmUp;
import io.redirectbalancer.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A command that serves calls until SIGTERM: its start, from logging to the line that says that it
 * serves, in the one order that is right. What a command does differently is its {@link Service}.
 */
final class LongRunning {
  private static final Logger log = LoggerFactory.getLogger(LongRunning.class);

  private final ServerSettings server;
  private final AdminSettings admin;
  private final LogSettings logs;
  private final boolean verbose;
  private final PrometheusMeterRegistry registry = new ConsiderateRegistry();
  private final Transport transport = Transport.create();
  private final ScheduledExecutorService housekeeping = Housekeeping.start();

  /** What one command serves. */
  interface Service {
    /** Answers the calls. */
    RedirectService calls();

    /** The admin port's endpoints by path, without those that every command has. */
    Map<String, Endpoint> endpoints();

    /** What is reloaded when its files change, without the TLS port's certificate. */
    List<Reloadable> files();

    /** Makes a service like this one and calls it, so that its code is compiled. */
    void warmUp(WarmUp warmUp) throws IOException;

    /** Starts what runs beside the calls, once they are about to be welcome. */
    default void startBackground() {}

    /** Adds this command's settings to the start line. */
    LoggingEventBuilder describe(LoggingEventBuilder line);

    /** Logs what is odd about the settings. */
    void warn(Logger log);
  }

  private LongRunning(
      ServerSettings server, AdminSettings admin, LogSettings logs, boolean verbose) {
    this.server = server;
    this.admin = admin;
    this.logs = logs;
    this.verbose = verbose;
  }

  /**
   * Begins a start: limits, logging, meters, event loops.
   *
   * @param verbose whether gRPC logs what it does, for each call; then there is no warm-up
   * @param warnings of the environment
   */
  static LongRunning begin(
      ServerSettings server,
      AdminSettings admin,
      LogSettings logs,
      boolean verbose,
      List<String> warnings) {
    ProcessLimits.limitDirectMemory();
    MeterBinder logLines = Logging.configure(logs, verbose);
    warnings.forEach(log::warn);
    LongRunning process = new LongRunning(server, admin, logs, verbose);
    new ProcessMetrics().bindTo(process.registry);
    logLines.bindTo(process.registry);
    return process;
  }

  MeterRegistry registry() {
    return registry;
  }

  /** Where connections run, those to other servers included. */
  Transport transport() {
    return transport;
  }

  /** Runs what comes up now and then, for a short while each time. */
  ScheduledExecutorService housekeeping() {
    return housekeeping;
  }

  /** Serves until SIGTERM, which ends the JVM. */
  void serve(Service service) throws Exception {
    var grpc = new GrpcServer(server, service.calls().bind(), registry, transport);
    var health = new HealthEndpoint();
    Map<String, Endpoint> endpoints = new HashMap<>(service.endpoints());
    endpoints.put("/metrics", new MetricsEndpoint(registry));
    endpoints.put("/healthz", health);
    endpoints.put("/livez", health.liveness());
    AdminServer http = Ports.listen(grpc, admin, endpoints, registry);
    List<Reloadable> files = new ArrayList<>(service.files());
    TlsReloads.ofServer(server, grpc, registry).ifPresent(files::add);
    FileWatch watch = Hangup.reloads(new FileWatch(files));
    new Shutdown(server.drain(), health, grpc, http)
        .after(
            () -> {
              WarmUp.run(verbose ? Duration.ZERO : server.warmUp(), service::warmUp);
              watch.start(housekeeping);
              service.startBackground();
              grpc.serve();
              health.serve();
              new StartLog(server, admin, logs, grpc, http.port()).write(service);
              OldGeneration.watch(housekeeping);
              HeapGuard.watch(housekeeping, grpc::closeHeaviestConnections);
            });
  }
}
