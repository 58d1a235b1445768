package io.redirectbalancer.command;

import io.grpc.Metadata;
import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.admin.Endpoint;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.client.BreakerOptions;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.RetryOptions;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProcessInput;
import io.redirectbalancer.edge.EdgeHandler;
import io.redirectbalancer.reload.Reloadable;
import io.redirectbalancer.reload.RoutingLog;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import io.redirectbalancer.server.WarmUp;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;
import picocli.CommandLine.Command;

/** Runs the proxy, with a balancer's gRPC and admin ports and the client behind, until SIGTERM. */
@Command(
    name = "edge",
    description = "Serves Redirect calls by passing them on to the balancers of BALANCER_TARGET.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class EdgeCommand implements Callable<Integer> {
  /** The warm-up's timeout: code that is not compiled yet is slow. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** For the warm-up: the calls in flight at its end fail. */
  private static final BreakerOptions NEVER_OPEN =
      new BreakerOptions(1_000_000, Duration.ofSeconds(1), 1, PATIENCE);

  @Override
  public Integer call() throws Exception {
    Map<String, String> environment = ProcessInput.environment();
    EdgeSettings settings = EdgeSettings.read(environment);
    LongRunning process =
        LongRunning.begin(
            settings.server(),
            settings.admin(),
            settings.log(),
            settings.traces(),
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
      Optional<BalancerTls> tls = BalancerTls.of(settings.client().tls());
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
    public void warmUp(WarmUp warmUp) throws IOException {
      RedirectHandler echo = call -> call.answer(call.video(), new Metadata());
      try (GrpcServer balancer = warmUp.serve(new RedirectService(echo))) {
        int port = balancer.startOnLoopback();
        // Not "localhost", which may resolve to the other one of 127.0.0.1 and ::1.
        String loopback = InetAddress.getLoopbackAddress().getHostAddress();
        var options =
            RedirectClientOptions.builder()
                .transport(warmUp.transport())
                .callbackExecutor(Runnable::run)
                .deadline(PATIENCE)
                .attemptTimeout(PATIENCE)
                .retry(RetryOptions.DEFAULT.withAttempts(1))
                .breaker(NEVER_OPEN)
                .build();
        try (var client = RedirectClient.create(AdminSettings.authority(loopback, port), options)) {
          warmUp.call(new RedirectService(new EdgeHandler(client)));
        }
      }
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
