package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.admin.Endpoint;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProcessInput;
import io.redirectbalancer.edge.EdgeHandler;
import io.redirectbalancer.reload.Reloadable;
import io.redirectbalancer.reload.RoutingLog;
import io.redirectbalancer.server.RedirectService;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;
import picocli.CommandLine.Command;

/** The proxy: a balancer's gRPC and admin ports in front, the client behind, until SIGTERM. */
@Command(
    name = "edge",
    description = "Serves Redirect calls by passing them on to the balancers of BALANCER_TARGET.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class EdgeCommand implements Callable<Integer> {
  @Override
  public Integer call() throws Exception {
    Map<String, String> environment = ProcessInput.environment();
    EdgeSettings settings = EdgeSettings.read(environment);
    LongRunning process =
        LongRunning.begin(
            settings.server(),
            settings.admin(),
            settings.log(),
            settings.verbose(),
            LookAlikes.warnings(environment));
    process.serve(Edge.connect(settings, process));
    return 0;
  }

  /** Passes calls on to balancers. */
  private record Edge(
      EdgeSettings settings,
      MeterRegistry registry,
      Optional<BalancerTls> tls,
      RedirectClient client)
      implements LongRunning.Service {

    static Edge connect(EdgeSettings settings, LongRunning process) throws ConfigurationException {
      Optional<BalancerTls> tls = BalancerTls.of(settings.client());
      RedirectClient client = settings.connect(process.transport(), tls, process.registry());
      return new Edge(settings, process.registry(), tls, client);
    }

    @Override
    public RedirectService calls() {
      return new RedirectService(new EdgeHandler(client));
    }

    @Override
    public Map<String, Endpoint> endpoints() {
      return BreakerEndpoints.of(client.breakers());
    }

    @Override
    public List<Reloadable> files() {
      return tls.map(used -> TlsReloads.ofClient(used, registry)).stream().toList();
    }

    @Override
    public void warmUp() {
      EdgeWarmUp.run(settings);
    }

    @Override
    public LoggingEventBuilder describe(LoggingEventBuilder start) {
      return start
          .addKeyValue("balancer_target", settings.target())
          .addKeyValue("balancer_tls", tls.isPresent() ? "on" : "off")
          .addKeyValue("fail_open", settings.failOpen());
    }

    @Override
    public void warn(Logger log) {
      if (settings.failOpen() && settings.originDomains().admitsAny()) {
        log.warn(RoutingLog.ANY_ORIGIN);
      }
    }
  }
}
