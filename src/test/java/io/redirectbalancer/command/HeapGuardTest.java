package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeapGuardTest {
  private static final int LIMIT = 80;

  private final List<String> done = new ArrayList<>();
  private int connections = 4;
  private int live = 90;
  private int garbage;

  @Test
  void closesConnectionsUntilTheHeapIsNoLongerNearlyFull() {
    guard().run();

    assertThat(done).containsExactly("collect", "close", "collect", "close", "collect");
    assertThat(live).isEqualTo(78);
  }

  @Test
  void closesNoneWhereMostIsGarbage() {
    live = 50;
    garbage = 45;

    guard().run();

    assertThat(done).containsExactly("collect");
    assertThat(connections).isEqualTo(4);
  }

  @Test
  void givesUpWhereNothingIsLeftToClose() {
    live = 300;

    guard().run();

    assertThat(connections).isZero();
    assertThat(done).hasSize(10).endsWith("close");
  }

  private HeapGuard guard() {
    return new HeapGuard(
        () -> live + garbage > LIMIT,
        () -> {
          done.add("close");
          if (connections == 0) {
            return false;
          }
          connections--;
          live -= 6;
          garbage += 6;
          return true;
        },
        () -> {
          done.add("collect");
          garbage = 0;
        });
  }
}
