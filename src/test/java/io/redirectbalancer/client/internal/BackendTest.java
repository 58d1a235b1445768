package io.redirectbalancer.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.client.EjectionOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackendTest {
  private static final long SECOND = 1_000_000_000;
  private static final EjectionOptions OPTIONS = new EjectionOptions(5, Duration.ofSeconds(30));

  private final Backend backend = new Backend("10.0.0.1:50051");
  private long now = Long.MAX_VALUE - 10 * SECOND;

  @Test
  void isLeftOutForAWhileAfterSoManyFailuresInARow() {
    fail(4);
    assertThat(backend.isEjected(now)).isFalse();
    fail(1);
    assertThat(backend.isEjected(now)).isTrue();

    assertThat(backend.isEjected(now + 30 * SECOND - 1)).isTrue();
    assertThat(backend.isEjected(now + 30 * SECOND)).isFalse();
  }

  @Test
  void anAnswerResetsTheCountToZero() {
    fail(4);
    backend.succeeded();
    fail(4);

    assertThat(backend.isEjected(now)).isFalse();
  }

  @Test
  void isLeftOutForLongerAtTheFirstFailureAfterItsReturn() {
    fail(5);
    now += 30 * SECOND;
    fail(1);

    assertThat(backend.isEjected(now + 60 * SECOND - 1)).isTrue();
    assertThat(backend.isEjected(now + 60 * SECOND)).isFalse();
  }

  @Test
  void isAsGoodAsNewOnceItAnswersAfterItsReturn() {
    fail(5);
    now += 30 * SECOND;
    backend.succeeded();
    fail(4);
    assertThat(backend.isEjected(now)).isFalse();

    fail(1);
    assertThat(backend.isEjected(now + 30 * SECOND)).isFalse();
  }

  @Test
  void failuresOfCallsThatWereUnderWayDoNotProlongIt() {
    fail(100);

    assertThat(backend.isEjected(now + 30 * SECOND)).isFalse();
  }

  @Test
  void isNeverLeftOutForMoreThanTenTimesAsLong() {
    fail(5);
    for (int i = 0; i < 20; i++) {
      now += 300 * SECOND;
      fail(1);
    }

    assertThat(backend.isEjected(now + 300 * SECOND - 1)).isTrue();
    assertThat(backend.isEjected(now + 300 * SECOND)).isFalse();
  }

  @Test
  void isUnfitWhileItIsSuspectUntilAnythingComesFromIt() {
    assertThat(backend.suspect()).isTrue();
    assertThat(backend.suspect()).isFalse();
    assertThat(backend.isUnfit(now)).isTrue();

    backend.heard();
    assertThat(backend.isUnfit(now)).isFalse();
  }

  @Test
  void thatItIsAliveDoesNotUndoItsFailures() {
    fail(4);
    backend.heard();
    fail(1);

    assertThat(backend.isUnfit(now)).isTrue();
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      backend.failed(OPTIONS, now);
    }
  }
}
