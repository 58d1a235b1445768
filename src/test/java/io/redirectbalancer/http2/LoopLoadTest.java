package io.redirectbalancer.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Turns of an event loop, by a clock that stands still. */
class LoopLoadTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private static final int USUAL_CALLS = 20;

  private long now = 1;
  private final LoopLoad load = new LoopLoad(task -> {}, USUAL_CALLS, () -> now);
  private final LoopLoad.Share share = new LoopLoad.Share();

  @Test
  void longTurnsThatGetMoreCallsAreAnOverload() {
    turn(50, 21);
    turn(101, 40);
    turn(110, 70);
    assertThat(load.isOverloaded()).isFalse();
    turn(110, 80);
    assertThat(load.isOverloaded()).isTrue();
  }

  @Test
  void clientsThatWaitForTheirAnswersAreNone() {
    for (int i = 0; i < 20; i++) {
      turn(160, 1_000);
    }
    assertThat(load.isOverloaded()).isFalse();
  }

  @Test
  void unlessTheyWaitForVeryLong() {
    turn(600, 1_000);
    turn(600, 1_000);
    assertThat(load.isOverloaded()).isTrue();
  }

  @Test
  void whatOneConnectionAsksForIsNone() {
    for (int i = 1; i <= USUAL_CALLS; i++) {
      turn(100, i);
    }
    assertThat(load.isOverloaded()).isFalse();
  }

  @Test
  void turnsAfterAStallAreNone() {
    for (int millis = 1_000; millis > 1; millis = millis * 9 / 10) {
      turn(millis, 10 * millis);
    }
    assertThat(load.isOverloaded()).isFalse();
  }

  @Test
  void aShortTurnBetweenLongOnesIsASignThatTheLoopKeepsUp() {
    for (int i = 0; i < 10; i++) {
      turn(101, 100);
      turn(98, 300);
      turn(1, 100);
    }
    assertThat(load.isOverloaded()).isFalse();
  }

  @Test
  void inAnOverloadATurnTakesCallsForAWhile() {
    overload();
    begin();
    for (int i = 0; i < 2 * LoopLoad.TURN_CALLS; i++) {
      assertThat(load.rejects(share)).isFalse();
    }
    now += LoopLoad.TURN_NANOS;
    assertThat(load.rejects(share)).isFalse();
    now++;
    assertThat(load.rejects(share)).isTrue();
    load.run();
    begin();
    assertThat(load.rejects(share)).isFalse();
  }

  @Test
  void aFewCallsAreTakenHoweverLongTheyTake() {
    overload();
    begin();
    now += 10 * LoopLoad.TURN_NANOS;
    for (int i = 0; i < LoopLoad.TURN_CALLS; i++) {
      assertThat(load.rejects(share)).isFalse();
    }
    assertThat(load.rejects(share)).isTrue();
  }

  @Test
  void itEndsWhenHardlyAnyCallIsRejected() {
    overload();
    window(100, 6);
    assertThat(load.isOverloaded()).isTrue();
    window(100, 5);
    assertThat(load.isOverloaded()).isFalse();
  }

  @Test
  void callsThatCostNothingAreNotRejected() {
    turn(200, 100, LoopLoad.CHEAP_NANOS - 1);
    turn(200, 200, LoopLoad.CHEAP_NANOS - 1);
    turn(400, 400, LoopLoad.CHEAP_NANOS - 1);
    assertThat(load.isOverloaded()).isFalse();
  }

  @Test
  void itEndsWhenCallsCostNothingAnyMore() {
    overload();
    turn(LoopLoad.WINDOW_NANOS / MILLI, 1_000, LoopLoad.CHEAP_NANOS - 1);
    assertThat(load.isOverloaded()).isFalse();
  }

  /** Clients that call again as soon as they are rejected look like one. */
  @Test
  void itIsLookedAtAnewAfterAWhile() {
    overload();
    long from = now;
    while (load.isOverloaded()) {
      window(100, 50);
    }
    assertThat(now - from)
        .isBetween(LoopLoad.MAX_NANOS, LoopLoad.MAX_NANOS + LoopLoad.WINDOW_NANOS * 2);
  }

  @Test
  void connectionsThatAskForLessThanOthersAreExempt() {
    overload();
    LoopLoad.Share polite = new LoopLoad.Share();
    begin();
    now += 2 * LoopLoad.TURN_NANOS;
    for (int i = 0; i < 99; i++) {
      assertThat(load.rejects(share)).isEqualTo(i >= LoopLoad.TURN_CALLS);
    }
    assertThat(load.rejects(polite)).as("it is not known yet").isTrue();
    now += LoopLoad.WINDOW_NANOS;
    load.run();

    begin();
    now += 2 * LoopLoad.TURN_NANOS;
    for (int i = 0; i < 99; i++) {
      assertThat(load.rejects(share)).isEqualTo(i >= LoopLoad.TURN_CALLS);
    }
    for (int i = 0; i < 25; i++) {
      assertThat(load.rejects(polite)).isFalse();
    }
    assertThat(load.rejects(polite)).as("more than half of what each has").isTrue();
  }

  @Test
  void aConnectionHasItsShareOfATurn() {
    turn(1, 0);
    begin();
    now += LoopLoad.LARGEST_SHARE_NANOS;
    assertThat(load.hasHadItsShare()).isFalse();
    now++;
    assertThat(load.hasHadItsShare()).isTrue();
    load.read();
    assertThat(load.hasHadItsShare()).as("the next connection's").isFalse();
  }

  @Test
  void aShareIsSmallWhileTurnsAreLong() {
    for (int i = 0; i < 10; i++) {
      turn(2, 0);
    }
    begin();
    now += LoopLoad.LEAST_SHARE_NANOS + 1;
    assertThat(load.hasHadItsShare()).isTrue();
    load.run();
    for (int i = 0; i < 50; i++) {
      turn(1, 0);
    }
    begin();
    now += LoopLoad.LARGEST_SHARE_NANOS;
    assertThat(load.hasHadItsShare()).isFalse();
  }

  @Test
  void callsThatCostTheirHandlerMuchAreLeftToTheOverload() {
    begin();
    call(LoopLoad.CHEAP_NANOS);
    now += LoopLoad.LARGEST_SHARE_NANOS;
    assertThat(load.hasHadItsShare()).isFalse();
    load.run();
    begin();
    call(LoopLoad.CHEAP_NANOS - 1);
    now += LoopLoad.LARGEST_SHARE_NANOS;
    assertThat(load.hasHadItsShare()).isTrue();
  }

  private void window(int calls, int rejected) {
    begin();
    for (int i = rejected; i < calls; i++) {
      assertThat(load.rejects(share)).isFalse();
    }
    now += LoopLoad.TURN_NANOS + 1;
    for (int i = 0; i < rejected; i++) {
      assertThat(load.rejects(share)).isTrue();
    }
    now += LoopLoad.WINDOW_NANOS;
    load.run();
  }

  private void begin() {
    load.read();
  }

  private void overload() {
    turn(200, 100);
    turn(200, 200);
    assertThat(load.isOverloaded()).isTrue();
  }

  /** A turn in which the handler takes all the time. */
  private void turn(long millis, int calls) {
    turn(millis, calls, millis * MILLI / Math.max(calls, 1));
  }

  private void turn(long millis, int calls, long nanosOfACall) {
    begin();
    long end = now + millis * MILLI;
    for (int i = 0; i < calls; i++) {
      call(nanosOfACall);
    }
    now = end;
    load.run();
  }

  private void call(long nanos) {
    if (!load.rejects(share)) {
      long since = load.handles();
      now += nanos;
      load.handled(since);
    }
  }
}
