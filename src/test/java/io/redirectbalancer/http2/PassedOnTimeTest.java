package io.redirectbalancer.http2;

import static io.redirectbalancer.http2.PassedOnTime.MAX_CREDIT_NANOS;
import static io.redirectbalancer.http2.PassedOnTime.PARTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PassedOnTimeTest {
  private static final long CALL_NANOS = MAX_CREDIT_NANOS / 10;

  private long now = 1;
  private final PassedOnTime time = new PassedOnTime((task, nanos) -> {}, () -> now);

  @Test
  void aFewCallsAfterAWhileWithoutOnesNeedNotWait() {
    now += PARTS * MAX_CREDIT_NANOS * 100;
    for (int i = 0; i < 10; i++) {
      time.spend(() -> now += CALL_NANOS);
      assertThat(time.isUsedUp()).isFalse();
    }
  }

  @Test
  void inTheLongRunTheyHaveTheirPartOfTheTime() {
    long spent = 0;
    long begin = now;
    while (now - begin < 1_000 * MAX_CREDIT_NANOS) {
      time.run();
      if (time.isUsedUp()) {
        now += CALL_NANOS / 10;
      } else {
        time.spend(() -> now += CALL_NANOS);
        spent += CALL_NANOS;
      }
    }
    assertThat((double) spent / (now - begin)).isBetween(0.24, 0.26);
  }

  @Test
  void whatIsDoneWithinACallCountsOnce() {
    time.spend(
        () -> {
          time.spend(() -> now += CALL_NANOS);
          time.spend(() -> now += CALL_NANOS);
        });
    now += 2 * PARTS * CALL_NANOS;
    time.run();
    assertThat(time.isUsedUp()).isFalse();
  }

  @Test
  void anErrorCountsAsWell() {
    assertThatThrownBy(
            () ->
                time.spend(
                    () -> {
                      now += CALL_NANOS;
                      throw new IllegalStateException("for the test");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(time.isUsedUp()).isTrue();
  }
}
