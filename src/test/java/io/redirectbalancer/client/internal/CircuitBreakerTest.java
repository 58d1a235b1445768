package io.redirectbalancer.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.client.BreakerOptions;
import io.redirectbalancer.client.CircuitBreaker;
import io.redirectbalancer.client.CircuitBreaker.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final AtomicInteger trials = new AtomicInteger();
  private final CountingBreaker breaker =
      new CountingBreaker("fleet", BreakerOptions.DEFAULT, nanos::get, trials::incrementAndGet);

  @Test
  void preparesItsTargetForATrialWhenItIsHalfOpenOrReset() {
    fail(5);
    assertThat(trials).hasValue(0);

    pass(Duration.ofSeconds(30));
    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
    assertThat(trials).hasValue(1);

    breaker.reset();
    assertThat(trials).hasValue(2);
    breaker.reset();
    assertThat(trials).hasValue(3);
  }

  @Test
  void opensAtTheFifthFailureInARow() {
    fail(4);
    assertThat(breaker.state()).isEqualTo(State.CLOSED);

    fail(1);

    assertThat(breaker.state()).isEqualTo(State.OPEN);
    assertThat(breaker.tryAcquire()).isNull();
  }

  @Test
  void aSuccessResetsTheCountToZero() {
    fail(4);
    acquire().succeeded();
    fail(4);

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void aMinuteWithoutAFailureResetsTheCountToZero() {
    fail(4);
    pass(Duration.ofSeconds(60));
    fail(4);
    assertThat(breaker.state()).isEqualTo(State.CLOSED);

    pass(Duration.ofSeconds(60).minusNanos(1));
    fail(1);

    assertThat(breaker.state()).isEqualTo(State.OPEN);
  }

  @Test
  void isHalfOpenAfterThirtySeconds() {
    fail(5);
    pass(Duration.ofSeconds(30).minusNanos(1));
    assertThat(breaker.state()).isEqualTo(State.OPEN);

    pass(Duration.ofNanos(1));

    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void closesAfterTwoSuccessesInARow() {
    halfOpen();
    acquire().succeeded();
    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);

    acquire().succeeded();

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
    fail(4);
    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void opensAgainForThirtySecondsAtOneFailureWhileHalfOpen() {
    halfOpen();
    acquire().succeeded();
    acquire().failed();

    assertThat(breaker.state()).isEqualTo(State.OPEN);
    pass(Duration.ofSeconds(30).minusNanos(1));
    assertThat(breaker.tryAcquire()).isNull();
  }

  @Test
  void letsNoMoreCallsPassWhileHalfOpenThanItTakesToClose() {
    halfOpen();
    var first = acquire();
    acquire();
    assertThat(breaker.tryAcquire()).isNull();

    first.released();
    assertThat(breaker.tryAcquire()).isNotNull();
    assertThat(breaker.tryAcquire()).isNull();
  }

  @Test
  void whatBeganBeforeAChangeOfStateDoesNotCountAfterIt() {
    var early = acquire();
    var earlyToo = acquire();
    halfOpen();

    early.failed();
    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);

    acquire().succeeded();
    earlyToo.succeeded();
    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void tellsSubscribersOfEveryChangeUntilTheyEndIt() {
    List<CircuitBreaker.Transition> changes = new ArrayList<>();
    Runnable unsubscribe = breaker.subscribe(changes::add);

    halfOpen();
    acquire().succeeded();
    acquire().succeeded();
    unsubscribe.run();
    fail(5);

    assertThat(changes)
        .containsExactly(
            new CircuitBreaker.Transition("fleet", State.CLOSED, State.OPEN, 5),
            new CircuitBreaker.Transition("fleet", State.OPEN, State.HALF_OPEN, 0),
            new CircuitBreaker.Transition("fleet", State.HALF_OPEN, State.CLOSED, 0));
  }

  @Test
  void aSubscriberMayAskForTheState() {
    List<State> states = new ArrayList<>();
    breaker.subscribe(change -> states.add(breaker.state()));

    fail(5);

    assertThat(states).containsExactly(State.OPEN);
  }

  @Test
  void aResetClosesItAndForgetsFailures() {
    fail(5);
    breaker.reset();
    assertThat(breaker.state()).isEqualTo(State.CLOSED);

    fail(4);
    breaker.reset();
    fail(4);

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  private void halfOpen() {
    fail(5);
    pass(Duration.ofSeconds(30));
    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      acquire().failed();
    }
  }

  private CountingBreaker.Permit acquire() {
    return Objects.requireNonNull(breaker.tryAcquire());
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }
}
