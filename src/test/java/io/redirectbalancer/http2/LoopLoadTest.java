package io.redirectbalancer.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Turns of an event loop, by a clock that stands still. */
class LoopLoadTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private long now = 1;
  private final LoopLoad load = new LoopLoad(task -> {}, () -> now);
  private final LoopLoad.Share share = new LoopLoad.Share();

  @Test
  void turnsThatGrowAreAnOverload() {
    turns(10, 21, 40);
    assertThat(load.isOverloaded()).isFalse();
    turns(80);
    assertThat(load.isOverloaded()).isTrue();
  }

  @Test
  void turnsThatStayLongAreAnOverload() {
    turns(30, 30, 30, 30);
    assertThat(load.isOverloaded()).isTrue();
  }

  @Test
  void turnsAfterAStallAreNone() {
    turns(2_000, 1_800, 1_600, 1_000, 500, 250, 120, 60, 30, 19, 19, 19, 19, 19, 19, 19);
    assertThat(load.isOverloaded()).isFalse();
  }

  @Test
  void aShortTurnBetweenLongOnesIsASignThatTheLoopKeepsUp() {
    turns(40, 40, 1, 40, 40, 1, 40, 40, 1);
    assertThat(load.isOverloaded()).isFalse();
  }

  @Test
  void longTurnsOfFewCallsAreNone() {
    for (int i = 0; i < 10; i++) {
      begin();
      for (int j = 0; j < LoopLoad.TURN_CALLS; j++) {
        load.rejects(share);
      }
      now += 100 * MILLI;
      load.run();
    }
    assertThat(load.isOverloaded()).isFalse();
  }

  @Test
  void inAnOverloadATurnTakesCallsForAWhile() {
    turns(50, 60);
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
    turns(50, 60);
    begin();
    now += 10 * LoopLoad.TURN_NANOS;
    for (int i = 0; i < LoopLoad.TURN_CALLS; i++) {
      assertThat(load.rejects(share)).isFalse();
    }
    assertThat(load.rejects(share)).isTrue();
  }

  @Test
  void itEndsWhenHardlyAnyCallIsRejected() {
    turns(50, 60);
    window(100, 6);
    assertThat(load.isOverloaded()).isTrue();
    window(100, 5);
    assertThat(load.isOverloaded()).isFalse();
  }

  @Test
  void connectionsThatAskForLessThanOthersAreExempt() {
    turns(50, 60);
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
    load.read(now);
  }

  private void turns(long... millis) {
    for (long length : millis) {
      begin();
      for (int i = 0; i <= LoopLoad.TURN_CALLS; i++) {
        load.rejects(share);
      }
      now += length * MILLI;
      load.run();
    }
  }
}
