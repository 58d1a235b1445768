package io.redirectbalancer.command;

import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.HealthEndpoint;
import io.redirectbalancer.server.GrpcServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The graceful shutdown on SIGTERM: reports "not serving" at once, gives load balancers time to
 * notice, takes no new calls, finishes those in flight, and ends with exit code 0.
 *
 * @param last runs when all ports are closed
 */
record Shutdown(
    Duration drain,
    HealthEndpoint health,
    List<GrpcServer> grpc,
    AdminServer admin,
    Runnable last) {
  private static final Logger log = LoggerFactory.getLogger(Shutdown.class);

  /** The rest of a start, once the ports listen. */
  @FunctionalInterface
  interface RestOfStart {
    void run() throws Exception;
  }

  /** Completes the start, then waits for a signal. A start that fails needs no shutdown. */
  void after(RestOfStart start) throws Exception {
    Thread hook = new Thread(this::run, "shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    CountDownLatch never = new CountDownLatch(1);
    try {
      start.run();
      never.await();
    } catch (Throwable e) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException signalled) {
        never.await(); // A start that a signal interrupts has not failed; the hook ends it.
      }
      throw e;
    }
  }

  private void run() {
    int code = Exit.FAILED;
    try {
      shutDown();
      code = 0;
    } finally {
      // After SIGTERM the JVM would end with 143, even if the shutdown succeeded.
      Exit.halt(code);
    }
  }

  private void shutDown() {
    health.drain();
    grpc.forEach(GrpcServer::drain);
    log.atInfo().addKeyValue("drain_seconds", drain.toSeconds()).log("draining");
    try {
      TimeUnit.NANOSECONDS.sleep(drain.toNanos());
      grpc.forEach(GrpcServer::beginStop);
      for (GrpcServer server : grpc) {
        server.stop();
      }
    } catch (InterruptedException e) {
      log.warn("interrupted while draining; calls in flight are ended");
    }
    grpc.forEach(GrpcServer::close);
    admin.close();
    last.run();
    log.info("stopped");
  }
}
