package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.admin.Endpoint;
import io.redirectbalancer.admin.ExplainEndpoint;
import io.redirectbalancer.admin.LoadsEndpoint;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProcessInput;
import io.redirectbalancer.metrics.CdnHealthMetrics;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.metrics.RoutingMetrics;
import io.redirectbalancer.probe.CdnProbes;
import io.redirectbalancer.reload.Reloadable;
import io.redirectbalancer.reload.RouteReloads;
import io.redirectbalancer.reload.RoutesFileReload;
import io.redirectbalancer.reload.RoutingLog;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.server.RedirectService;
import io.redirectbalancer.server.WarmUp;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;
import picocli.CommandLine.Command;

/** Runs the balancer, with its gRPC and admin ports, until SIGTERM. */
@Command(
    name = "serve",
    description = "Serves Redirect calls until SIGTERM. This is the default command.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class ServeCommand implements Callable<Integer> {
  @Override
  public Integer call() throws Exception {
    Map<String, String> environment = ProcessInput.environment();
    ServeSettings settings = ServeSettings.read(environment);
    LongRunning process =
        LongRunning.begin(
            settings.server(),
            settings.admin(),
            settings.log(),
            settings.traces(),
            false,
            LookAlikes.warnings(environment));
    process.serve(
        new Balancer(
            settings, process.registry(), process.housekeeping(), process.tracing().isOn()));
    return 0;
  }

  /**
   * Decides by the current table, which a routes file or the control API can replace; probes can
   * mark its CDNs down.
   */
  private static final class Balancer implements LongRunning.Service {
    private final ServeSettings settings;
    private final MeterRegistry registry;
    private final ScheduledExecutorService housekeeping;

    /** Null if there is none: an Optional's functions would load its class all the same. */
    private final @Nullable ControlPlane control;

    private final Redirector redirector;
    private final RedirectMetrics redirects;
    private final RouteReloads reloads;

    /** Whether calls have spans. */
    private final boolean traced;

    Balancer(
        ServeSettings settings,
        MeterRegistry registry,
        ScheduledExecutorService housekeeping,
        boolean traced)
        throws ConfigurationException {
      this.traced = traced;
      this.settings = settings;
      this.registry = registry;
      this.housekeeping = housekeeping;
      control =
          settings.control().isEmpty()
              ? null
              : ControlPlane.open(
                  settings.control().get(),
                  settings.server(),
                  settings.routing().config(),
                  registry);
      RoutingTable first = control == null ? settings.routing().table() : control.first();
      redirector = new Redirector(first);
      redirects = new RedirectMetrics(registry, first.targets());
      reloads =
          new RouteReloads(
              redirector,
              redirects,
              new RoutingMetrics(registry, InstantSource.system(), redirector),
              settings.probes().isPresent(),
              this::runAfterScrapes);
    }

    @Override
    public RedirectService calls() {
      return traced
          ? RedirectService.traced(redirector, redirects)
          : new RedirectService(redirector::redirect, redirects);
    }

    @Override
    public Map<String, Endpoint> endpoints() {
      return Map.of(
          "/explain",
          new ExplainEndpoint(redirector),
          "/loads",
          new LoadsEndpoint(redirector, housekeeping));
    }

    @Override
    public List<Reloadable> files() {
      return settings
          .routing()
          .file()
          .<Reloadable>map(file -> new RoutesFileReload(file, reloads))
          .stream()
          .toList();
    }

    @Override
    public Optional<LongRunning.OwnPort> ownPort() {
      return control == null ? Optional.empty() : Optional.of(control.port());
    }

    @Override
    public Optional<Supplier<String>> dependencies() {
      return control == null ? Optional.empty() : Optional.of(control.health());
    }

    private void runAfterScrapes(Runnable task) {
      var unused = housekeeping.schedule(task, 5, TimeUnit.MINUTES);
    }

    @Override
    public void warmUp(WarmUp warmUp) throws IOException {
      RoutingTable table = redirector.table().admittingAny();
      var metrics = new RedirectMetrics(warmUp.registry(), table.targets());
      warmUp.call(new RedirectService(new Redirector(table)::redirect, metrics));
    }

    @Override
    public void startBackground() {
      settings
          .probes()
          .ifPresent(probes -> CdnProbes.start(probes, redirector, new CdnHealthMetrics(registry)));
      if (control != null) {
        control.follow(reloads);
      }
    }

    @Override
    public void close() {
      if (control != null) {
        control.close();
      }
    }

    @Override
    public LoggingEventBuilder describe(LoggingEventBuilder start) {
      LoggingEventBuilder line = RoutingLog.describe(start, redirector.table());
      if (settings.routing().file().isPresent()) {
        line = line.addKeyValue("routes_file", settings.routing().file().get());
      }
      if (settings.probes().isPresent()) {
        line =
            line.addKeyValue("probe_path", settings.probes().get().path())
                .addKeyValue("probe_seconds", settings.probes().get().interval().toSeconds());
      }
      if (settings.control().isPresent()) {
        line =
            line.addKeyValue("database_url", settings.control().get().database().toString())
                .addKeyValue("lock_type", settings.control().get().locks().type())
                .addKeyValue("generation", redirector.table().generation());
      }
      return line;
    }

    @Override
    public void warn(Logger log) {
      if (!settings.routing().overridden().isEmpty()) {
        log.atWarn()
            .addKeyValue("variables", settings.routing().overridden())
            .log("these variables are ignored: the routes file has them, too");
      }
      RoutingLog.warnings(redirector.table(), settings.probes().isPresent()).forEach(log::warn);
    }
  }
}
