package io.redirectbalancer.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.client.BreakerOptions;
import io.redirectbalancer.client.CircuitBreaker.State;
import io.redirectbalancer.client.internal.CountingBreaker.Permit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** For any outcomes and any passing of time, the breaker is where its rules say. */
class CircuitBreakerPropertiesTest {
  enum Outcome {
    SUCCESS,
    FAILURE,
    NEITHER
  }

  record Step(int seconds, Outcome outcome) {}

  /** The rules as they are written, for calls one after another; time in seconds. */
  private static final class Model {
    State state = State.CLOSED;
    int failures;
    int successes;
    long lastFailure = -1_000;
    long opened;

    State at(long now) {
      if (state == State.OPEN && now >= opened + 30) {
        state = State.HALF_OPEN;
        successes = 0;
      }
      return state;
    }

    void end(Outcome outcome, long now) {
      if (at(now) == State.OPEN || outcome == Outcome.NEITHER) {
        return;
      }
      if (outcome == Outcome.SUCCESS) {
        failures = 0;
        state = state == State.HALF_OPEN && ++successes < 2 ? State.HALF_OPEN : State.CLOSED;
        return;
      }
      failures = now >= lastFailure + 60 ? 1 : failures + 1;
      lastFailure = now;
      if (state == State.HALF_OPEN || failures == 5) {
        state = State.OPEN;
        opened = now;
        failures = 0;
      }
    }
  }

  @Property
  void isInTheStateThatTheModelSays(@ForAll long start, @ForAll("steps") List<Step> steps) {
    AtomicLong nanos = new AtomicLong(start);
    CountingBreaker breaker =
        new CountingBreaker("fleet", BreakerOptions.DEFAULT, nanos::get, () -> {});
    Model model = new Model();
    long now = 0;

    for (Step step : steps) {
      now += step.seconds;
      nanos.addAndGet(Duration.ofSeconds(step.seconds).toNanos());
      assertThat(breaker.state()).isEqualTo(model.at(now));
      Permit permit = breaker.tryAcquire();
      assertThat(permit == null).isEqualTo(model.at(now) == State.OPEN);
      if (permit != null) {
        switch (step.outcome) {
          case SUCCESS -> permit.succeeded();
          case FAILURE -> permit.failed();
          case NEITHER -> permit.released();
        }
      }
      model.end(step.outcome, now);
      assertThat(breaker.state()).isEqualTo(model.at(now));
    }
  }

  /** Mostly failures close together, so that every state is reached. */
  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> seconds =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.just(0)),
            Tuple.of(2, Arbitraries.integers().between(1, 29)),
            Tuple.of(2, Arbitraries.of(29, 30, 31, 59, 60, 61)));
    Arbitrary<Outcome> outcome =
        Arbitraries.frequency(
            Tuple.of(7, Outcome.FAILURE),
            Tuple.of(3, Outcome.SUCCESS),
            Tuple.of(1, Outcome.NEITHER));
    return Combinators.combine(seconds, outcome).as(Step::new).list().ofMaxSize(60);
  }
}
