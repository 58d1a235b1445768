package io.redirectbalancer.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.client.RetryBudgetOptions;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private final RetryBudget budget = new RetryBudget(new RetryBudgetOptions(10, 0.5));

  @Test
  void allowsRetriesWhileMoreThanHalfIsLeft() {
    for (int i = 1; i <= 4; i++) {
      assertThat(budget.failed()).as("failure %d", i).isTrue();
    }

    assertThat(budget.failed()).isFalse();
  }

  @Test
  void successesGiveBackTheirPart() {
    fail(6);
    succeed(3); // 4 + 1.5 tokens, less the next failure's: 4.5
    assertThat(budget.failed()).isFalse();

    succeed(4); // 6.5, then 5.5
    assertThat(budget.failed()).isTrue();
  }

  @Test
  void holdsNeverMoreThanItsTokensNorLessThanNone() {
    succeed(100);
    fail(4);
    assertThat(budget.failed()).isFalse();

    fail(100);
    succeed(14); // 7, then 6
    assertThat(budget.failed()).isTrue();
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      budget.failed();
    }
  }

  private void succeed(int times) {
    for (int i = 0; i < times; i++) {
      budget.succeeded();
    }
  }
}
