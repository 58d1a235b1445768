package io.redirectbalancer.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.metrics.ConsiderateRegistry;
import io.redirectbalancer.metrics.ProcessMetrics;
import io.redirectbalancer.trace.Tracing;
import io.redirectbalancer.transport.Connections;
import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a server of this process until its code is compiled, so that the first callers do not wait
 * for the compiler. The server, its event loops and its meters are discarded afterwards. The calls
 * go through the real stack, over a loopback socket.
 */
public final class WarmUp {
  private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

  /** The first scrapes cost ten times as much as later ones. */
  private static final int SCRAPES = 5;

  private final ConsiderateRegistry registry;
  private final Transport transport;
  private final boolean front;
  private final long callsEndNanos;

  /** What is warmed up: creates a service and {@linkplain #call calls} it. */
  @FunctionalInterface
  public interface Subject {
    void run(WarmUp warmUp) throws IOException;
  }

  private WarmUp(
      ConsiderateRegistry registry, Transport transport, boolean front, long callsEndNanos) {
    this.registry = registry;
    this.transport = transport;
    this.front = front;
    this.callsEndNanos = callsEndNanos;
  }

  /**
   * Warms up for this long: makes calls for four fifths of it, then scrapes. Does nothing at log
   * level debug, which would log each call.
   *
   * @param front as in {@link ServerSettings}
   */
  public static void run(Duration time, boolean front, Subject subject) {
    if (time.isZero() || time.isNegative() || log.isDebugEnabled()) {
      return;
    }
    long beginNanos = System.nanoTime();
    long endNanos = beginNanos + time.toNanos();
    var registry = new ConsiderateRegistry();
    try (var process = new ProcessMetrics();
        Transport transport = Transport.create()) {
      // First, since it sets a filter, which must precede all meters.
      process.bindTo(registry);
      var warmUp = new WarmUp(registry, transport, front, beginNanos + time.toNanos() / 5 * 4);
      subject.run(warmUp);
      for (int i = 0; i < SCRAPES && System.nanoTime() < endNanos; i++) {
        registry.scrape();
      }
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("error.message", ErrorText.of(e))
          .log("not warmed up; first calls are slow");
    }
  }

  /** Returns the registry for the service's meters. */
  public MeterRegistry registry() {
    return registry;
  }

  /** Returns the server's transport, which clients of the service may share. */
  public Transport transport() {
    return transport;
  }

  /** Starts a server that only the service calls; the caller closes it. */
  public GrpcServer serve(RedirectService service) {
    // With meters of its own: in one registry those of two servers would be the same.
    return serve(service, new ConsiderateRegistry());
  }

  private GrpcServer serve(RedirectService service, MeterRegistry meters) {
    ServerSettings settings = ServerSettings.forWarmUp().withFront(front);
    var connections = new Connections(settings.maxConnections(), 0, meters);
    return new GrpcServer(settings, service.bind(), meters, transport, connections, Tracing.OFF);
  }

  /** Calls the service until the time is up; the last calls may go unanswered. */
  public void call(RedirectService service) throws IOException {
    try (GrpcServer server = serve(service, registry)) {
      LoopbackCalls.run(
          server.startOnLoopback(), Duration.ofNanos(callsEndNanos - System.nanoTime()));
    }
  }
}
