package io.redirectbalancer.command;

import io.grpc.ServerServiceDefinition;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.Endpoint;
import io.redirectbalancer.admin.HealthEndpoint;
import io.redirectbalancer.admin.MetricsEndpoint;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.TraceSettings;
import io.redirectbalancer.metrics.ConsiderateRegistry;
import io.redirectbalancer.metrics.ProcessMetrics;
import io.redirectbalancer.reload.FileWatch;
import io.redirectbalancer.reload.Reloadable;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.Listener;
import io.redirectbalancer.server.RedirectService;
import io.redirectbalancer.server.WarmUp;
import io.redirectbalancer.trace.Exemplars;
import io.redirectbalancer.trace.Tracing;
import io.redirectbalancer.transport.Connections;
import io.redirectbalancer.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A command that serves calls until SIGTERM: runs its start in the right order, from logging to the
 * line that says that it serves. What differs between commands is in their {@link Service}.
 */
final class LongRunning {
  private static final Logger log = LoggerFactory.getLogger(LongRunning.class);

  private final ServerSettings server;
  private final AdminSettings admin;
  private final LogSettings logs;
  private final boolean verbose;
  private final Tracing tracing;
  private final PrometheusMeterRegistry registry;
  private final Transport transport = Transport.create();
  private final ScheduledExecutorService housekeeping = Housekeeping.start();

  /** What one command serves. */
  interface Service {
    /** Returns the service that answers the calls. */
    RedirectService calls();

    /** Returns the admin port's endpoints by path, without those that every command has. */
    Map<String, Endpoint> endpoints();

    /** Returns what is reloaded when its files change, without the TLS port's certificate. */
    List<Reloadable> files();

    /** Creates a service like this one and calls it, so that its code is compiled. */
    void warmUp(WarmUp warmUp) throws IOException;

    /** Returns a gRPC port beside that of the calls, if there is one. */
    default Optional<OwnPort> ownPort() {
      return Optional.empty();
    }

    /** Returns what else the health endpoint depends on; empty text if all is well. */
    default Optional<Supplier<String>> dependencies() {
      return Optional.empty();
    }

    /** Starts what runs beside the calls, just before the first ones are accepted. */
    default void startBackground() {}

    /** Ends what {@link #startBackground} started; calls have ended. */
    default void close() {}

    /** Adds this command's settings to the start line. */
    LoggingEventBuilder describe(LoggingEventBuilder line);

    /** Logs warnings about the settings. */
    void warn(Logger log);
  }

  /** A gRPC port for services of its own. */
  record OwnPort(Listener listener, List<ServerServiceDefinition> services) {}

  private LongRunning(
      ServerSettings server,
      AdminSettings admin,
      LogSettings logs,
      boolean verbose,
      Tracing tracing) {
    this.server = server;
    this.admin = admin;
    this.logs = logs;
    this.verbose = verbose;
    this.tracing = tracing;
    registry =
        tracing.isOn() ? new ConsiderateRegistry(new Exemplars()) : new ConsiderateRegistry();
  }

  /**
   * Begins a start: limits, logging, meters, event loops.
   *
   * @param verbose whether gRPC logs each call; then there is no warm-up
   * @param warnings about the environment
   * @throws ConfigurationException if tracing cannot be started as it is configured
   */
  static LongRunning begin(
      ServerSettings server,
      AdminSettings admin,
      LogSettings logs,
      TraceSettings traces,
      boolean verbose,
      List<String> warnings)
      throws ConfigurationException {
    ProcessLimits.limitDirectMemory();
    MeterBinder logLines = Logging.configure(logs, server.instanceName(), verbose);
    warnings.forEach(log::warn);
    Tracing tracing = Traces.start(traces, server.instanceName());
    LongRunning process = new LongRunning(server, admin, logs, verbose, tracing);
    new ProcessMetrics().bindTo(process.registry);
    logLines.bindTo(process.registry);
    tracing.bindTo(process.registry);
    return process;
  }

  MeterRegistry registry() {
    return registry;
  }

  /** Returns what gives calls their spans. */
  Tracing tracing() {
    return tracing;
  }

  /** Returns the transport of all connections, those to other servers included. */
  Transport transport() {
    return transport;
  }

  /** Returns the executor for short periodic tasks. */
  ScheduledExecutorService housekeeping() {
    return housekeeping;
  }

  private void end(Service service) {
    service.close();
    tracing.close();
  }

  /** Serves until SIGTERM, which ends the JVM. */
  void serve(Service service) throws Exception {
    var connections =
        new Connections(server.maxConnections(), server.maxConnectionsPerAddress(), registry);
    transport.bindTo(registry);
    var grpc =
        new GrpcServer(server, service.calls().bind(), registry, transport, connections, tracing);
    Optional<GrpcServer> ownPort =
        service
            .ownPort()
            .map(
                port ->
                    new GrpcServer(
                        server,
                        port.listener(),
                        port.services(),
                        registry,
                        transport,
                        connections,
                        tracing));
    List<GrpcServer> servers = Stream.concat(Stream.of(grpc), ownPort.stream()).toList();
    var health = new HealthEndpoint();
    Map<String, Endpoint> endpoints = new HashMap<>(service.endpoints());
    endpoints.put("/metrics", new MetricsEndpoint(registry));
    endpoints.put("/healthz", service.dependencies().map(health::with).orElse(health));
    endpoints.put("/livez", health.liveness());
    endpoints.put("/log-level", new LogLevelEndpoint(LogLevels.ofThisProcess(housekeeping)));
    AdminServer http = Ports.listen(servers, admin, endpoints, registry);
    List<Reloadable> files = new ArrayList<>(service.files());
    TlsReloads.ofServer(server, servers, registry).ifPresent(files::add);
    FileWatch watch = Hangup.reloads(new FileWatch(files));
    new Shutdown(server.drain(), health, servers, http, () -> end(service))
        .after(
            () -> {
              WarmUp.run(
                  verbose ? Duration.ZERO : server.warmUp(), server.front(), service::warmUp);
              watch.start(housekeeping);
              service.startBackground();
              servers.forEach(GrpcServer::serve);
              health.serve();
              new StartLog(server, admin, logs, grpc, ownPort, http.port(), tracing).write(service);
              OldGeneration.watch(housekeeping);
              HeapGuard.watch(housekeeping, grpc::closeHeaviestConnections);
            });
  }
}
