package io.redirectbalancer.command;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.admin.HealthEndpoint;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.server.GrpcServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A program that starts as the long-running commands do and, once its ports listen, fails. */
public final class FailingStart {
  private FailingStart() {}

  /** Fails with {@code error} or {@code exception}. */
  public static void main(String[] arguments) {
    Exit.after(
        () -> {
          start(arguments[0]);
          return 0;
        });
  }

  private static void start(String end) throws Exception {
    Thread alive = new Thread(FailingStart::waitForEver, "not a daemon");
    alive.start();
    var grpc = new GrpcServer(ServerSettings.forWarmUp(), List.of(), new SimpleMeterRegistry());
    var admin = new AdminSettings("127.0.0.1", 0, Optional.empty());
    AdminServer http = Ports.listen(List.of(grpc), admin, Map.of(), new SimpleMeterRegistry());
    new Shutdown(Duration.ofHours(1), new HealthEndpoint(), List.of(grpc), http, () -> {})
        .after(
            () -> {
              switch (end) {
                case "error" -> throw new OutOfMemoryError("unable to create native thread");
                case "exception" -> throw new IllegalStateException("something odd");
                default -> throw new IllegalArgumentException(end);
              }
            });
  }

  private static void waitForEver() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
