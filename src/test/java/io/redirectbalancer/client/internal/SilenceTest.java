package io.redirectbalancer.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SilenceTest {
  private final Silence silence = new Silence();

  @Test
  void waitsThatFollowEachOtherAddUpWithoutTheTimeBetween() {
    assertThat(silence.add(10, 100)).isEqualTo(10);
    assertThat(silence.add(20, 1000)).isEqualTo(30);
  }

  @Test
  void waitsAtTheSameTimeCountOnce() {
    assertThat(silence.add(10, 100)).isEqualTo(10);
    assertThat(silence.add(10, 100)).isEqualTo(10);
    assertThat(silence.add(10, 103)).isEqualTo(13);
  }

  @Test
  void endsWithTheFirstSign() {
    silence.add(10, 100);
    silence.end();

    assertThat(silence.add(5, 200)).isEqualTo(5);
  }
}
