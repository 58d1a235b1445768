package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.admin.Endpoint;
import io.redirectbalancer.admin.ExplainEndpoint;
import io.redirectbalancer.admin.LoadsEndpoint;
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
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
            false,
            LookAlikes.warnings(environment));
    process.serve(new Balancer(settings, process.registry(), process.housekeeping()));
    return 0;
  }

  /**
   * Decides by the current table, which a routes file can replace; probes can mark its CDNs down.
   */
  private static final class Balancer implements LongRunning.Service {
    private final ServeSettings settings;
    private final MeterRegistry registry;
    private final ScheduledExecutorService housekeeping;
    private final Redirector redirector;
    private final RedirectMetrics redirects;

    Balancer(
        ServeSettings settings, MeterRegistry registry, ScheduledExecutorService housekeeping) {
      this.settings = settings;
      this.registry = registry;
      this.housekeeping = housekeeping;
      redirector = new Redirector(settings.routing().table());
      redirects = new RedirectMetrics(registry, settings.routing().table().targets());
    }

    @Override
    public RedirectService calls() {
      return new RedirectService(redirector::redirect, redirects);
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
      var reloads =
          new RouteReloads(
              redirector,
              redirects,
              new RoutingMetrics(registry, InstantSource.system(), redirector),
              settings.probes().isPresent(),
              this::runAfterScrapes);
      return settings
          .routing()
          .file()
          .<Reloadable>map(file -> new RoutesFileReload(file, reloads))
          .stream()
          .toList();
    }

    private void runAfterScrapes(Runnable task) {
      var unused = housekeeping.schedule(task, 5, TimeUnit.MINUTES);
    }

    @Override
    public void warmUp(WarmUp warmUp) throws IOException {
      RoutingTable table = settings.routing().table().admittingAny();
      var metrics = new RedirectMetrics(warmUp.registry(), table.targets());
      warmUp.call(new RedirectService(new Redirector(table)::redirect, metrics));
    }

    @Override
    public void startBackground() {
      settings
          .probes()
          .ifPresent(probes -> CdnProbes.start(probes, redirector, new CdnHealthMetrics(registry)));
    }

    @Override
    public LoggingEventBuilder describe(LoggingEventBuilder start) {
      LoggingEventBuilder line = RoutingLog.describe(start, settings.routing().table());
      if (settings.routing().file().isPresent()) {
        line = line.addKeyValue("routes_file", settings.routing().file().get());
      }
      if (settings.probes().isPresent()) {
        line =
            line.addKeyValue("probe_path", settings.probes().get().path())
                .addKeyValue("probe_seconds", settings.probes().get().interval().toSeconds());
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
      RoutingLog.warnings(settings.routing().table(), settings.probes().isPresent())
          .forEach(log::warn);
    }
  }
}
