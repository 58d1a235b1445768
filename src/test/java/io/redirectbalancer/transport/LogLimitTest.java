package io.redirectbalancer.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogLimitTest {
  @Test
  void letsTheFirstThroughAndThenOneASecond() {
    AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 10);
    LogLimit once = new LogLimit(nanos::get);

    assertThat(once.passes()).isTrue();
    assertThat(once.passes()).isFalse();
    nanos.addAndGet(999_999_999);
    assertThat(once.passes()).isFalse();
    nanos.addAndGet(1);
    assertThat(once.passes()).isTrue();
    assertThat(once.passes()).isFalse();
  }
}
