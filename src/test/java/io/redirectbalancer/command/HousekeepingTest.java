package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.redirectbalancer.CapturedLogs;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HousekeepingTest {
  private final ScheduledExecutorService housekeeping = Housekeeping.start();

  @AfterEach
  void stop() {
    housekeeping.shutdownNow();
  }

  @Test
  void whatATaskThrowsIsLogged() {
    try (CapturedLogs logs = new CapturedLogs()) {
      housekeeping.execute(
          () -> {
            throw new IllegalStateException("odd");
          });

      await()
          .untilAsserted(
              () ->
                  assertThat(logs.ours())
                      .singleElement()
                      .asString()
                      .contains("housekeeping failed"));
    }
  }

  @Test
  void aTaskThatHangsKeepsNoOtherFromRunning() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    var hanging =
        housekeeping.submit(
            () -> {
              never.await();
              return true;
            });

    assertThat(housekeeping.submit(() -> "done").get(20, TimeUnit.SECONDS)).isEqualTo("done");
    assertThat(hanging).isNotDone();
  }
}
