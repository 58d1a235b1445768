package io.redirectbalancer.command;

import io.grpc.Metadata;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.client.BreakerOptions;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.RetryOptions;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.edge.EdgeHandler;
import io.redirectbalancer.metrics.ConsiderateRegistry;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes calls on from one server of this process to another, for so long, so that the first
 * callers do not wait for the compiler. Of these servers nothing remains but their compiled code.
 */
final class EdgeWarmUp {
  private static final Logger log = LoggerFactory.getLogger(EdgeWarmUp.class);

  /** Code that is not compiled yet may take its time, without a word in the log. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** The calls under way at the end fail, which is no news. */
  private static final BreakerOptions NEVER_OPEN =
      new BreakerOptions(1_000_000, Duration.ofSeconds(1), 1, PATIENCE);

  private EdgeWarmUp() {}

  static void run(EdgeSettings settings) {
    Duration time = settings.server().warmUp();
    if (time.isZero() || settings.verbose()) {
      return; // When verbose, gRPC logs what it does for every call, and these are nobody's.
    }
    long endNanos = System.nanoTime() + time.toNanos();
    RedirectHandler echo = call -> call.answer(call.video(), new Metadata());
    try (Transport transport = Transport.create();
        GrpcServer balancer = server(echo, transport)) {
      int port = balancer.startOnLoopback();
      // Not localhost, which may be the other one of 127.0.0.1 and ::1.
      String loopback = InetAddress.getLoopbackAddress().getHostAddress();
      balancer.serve();
      var options =
          RedirectClientOptions.builder()
              .transport(transport)
              .callbackExecutor(Runnable::run)
              .deadline(PATIENCE)
              .attemptTimeout(PATIENCE)
              .retry(RetryOptions.DEFAULT.withAttempts(1))
              .breaker(NEVER_OPEN)
              .build();
      try (var client = RedirectClient.create(AdminSettings.authority(loopback, port), options);
          GrpcServer edge = server(new EdgeHandler(client), transport)) {
        edge.warmUp(Duration.ofNanos(endNanos - System.nanoTime()));
      }
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("error.message", ErrorText.of(e))
          .log("not warmed up; first calls are slow");
    }
  }

  private static GrpcServer server(RedirectHandler handler, Transport transport) {
    var registry = new ConsiderateRegistry();
    return new GrpcServer(
        ServerSettings.forWarmUp(), new RedirectService(handler).bind(), registry, transport);
  }
}
