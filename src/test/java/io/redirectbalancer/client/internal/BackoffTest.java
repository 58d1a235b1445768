package io.redirectbalancer.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.client.RetryOptions;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final RetryOptions STEADY =
      new RetryOptions(9, Duration.ofMillis(100), 2, Duration.ofSeconds(5), false);

  @Test
  void doublesUpToTheLongestDelay() {
    Backoff backoff = new Backoff(STEADY, () -> 0.9);

    assertThat(IntStream.rangeClosed(1, 8).mapToLong(i -> backoff.delay(i).toMillis()))
        .containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L);
    assertThat(backoff.delay(1_000_000)).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void variesByAFifthWithJitterButNeverBeyondTheLongestDelay() {
    RetryOptions options = new RetryOptions(9, Duration.ofMillis(100), 2, STEADY.maxDelay(), true);

    assertThat(new Backoff(options, () -> 0).delay(2)).isEqualTo(Duration.ofMillis(160));
    assertThat(new Backoff(options, () -> 0.5).delay(2)).isEqualTo(Duration.ofMillis(200));
    assertThat(new Backoff(options, () -> 0.999999).delay(2).toMillis()).isEqualTo(239);
    assertThat(new Backoff(options, () -> 0.999999).delay(9)).isEqualTo(Duration.ofSeconds(5));
    assertThat(new Backoff(options, () -> 0).delay(9)).isEqualTo(Duration.ofSeconds(4));
  }
}
