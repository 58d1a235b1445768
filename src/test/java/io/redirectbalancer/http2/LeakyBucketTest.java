package io.redirectbalancer.http2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeakyBucketTest {
  /** The clock may begin anywhere, and overflow. */
  @ParameterizedTest
  @ValueSource(longs = {0, -5, Long.MAX_VALUE - 10})
  void takesItsCapacityAtOnceAndAsMuchAgainOverTime(long start) {
    LeakyBucket bucket = new LeakyBucket(3, 300, start);
    for (int i = 0; i < 3; i++) {
      assertThat(bucket.add(start)).isTrue();
    }
    assertThat(bucket.add(start)).isFalse();
    assertThat(bucket.add(start + 199)).isFalse();
    assertThat(bucket.add(start + 300)).isTrue();
  }

  @Test
  void whatIsTakenOutMakesRoomButNoMoreThanThereIs() {
    LeakyBucket bucket = new LeakyBucket(2, 200, 0);
    bucket.add(0);
    bucket.add(0);
    bucket.take(1);
    assertThat(bucket.add(0)).isTrue();
    assertThat(bucket.add(0)).isFalse();
    bucket.take(100);
    assertThat(bucket.add(0)).isTrue();
    assertThat(bucket.add(0)).isTrue();
    assertThat(bucket.add(0)).isFalse();
  }
}
