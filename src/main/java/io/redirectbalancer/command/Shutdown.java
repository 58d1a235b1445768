package io.redirectbalancer.command;

import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.HealthEndpoint;
import io.redirectbalancer.server.GrpcServer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What SIGTERM starts: say "not serving" at once, give load balancers time to notice, take no new
 * calls, finish those in flight, end with exit code 0.
 */
record Shutdown(Duration drain, HealthEndpoint health, GrpcServer grpc, AdminServer admin)
    implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Shutdown.class);

  @Override
  public void run() {
    health.drain();
    grpc.drain();
    log.atInfo().addKeyValue("drain_seconds", drain.toSeconds()).log("draining");
    try {
      TimeUnit.NANOSECONDS.sleep(drain.toNanos());
      grpc.stop();
    } catch (InterruptedException e) {
      log.warn("interrupted while draining; calls in flight are ended");
    }
    grpc.close();
    admin.close();
    log.info("stopped");
    // After SIGTERM the JVM would end with 143 although everything went as it should.
    Runtime.getRuntime().halt(0);
  }
}
