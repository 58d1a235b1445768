package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LibraryLogFilterTest {
  private static final long ALMOST_A_SECOND = TimeUnit.SECONDS.toNanos(1) - 1;

  private final AtomicLong nanos = new AtomicLong(-5);
  private final LibraryLogFilter filter = new LibraryLogFilter(nanos::get);

  @Test
  void letsOneEventASecondOfALibrarysLoggerThrough() {
    assertThat(passes("io.grpc.A")).isTrue();
    assertThat(passes("io.grpc.A")).isFalse();

    nanos.addAndGet(ALMOST_A_SECOND);
    assertThat(passes("io.grpc.A")).isFalse();

    nanos.addAndGet(1);
    assertThat(passes("io.grpc.A")).isTrue();
    assertThat(passes("io.grpc.A")).isFalse();
  }

  @Test
  void letsOneEventThroughEvenIfTheyNeverCease() {
    int passed = 0;
    for (int tenth = 0; tenth < 100; tenth++) {
      passed += passes("io.grpc.A") ? 1 : 0;
      nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(100));
    }

    assertThat(passed).isEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE})
  void copesWithAnyStartOfTheClock(long start) {
    nanos.set(start);

    assertThat(passes("io.grpc.A")).isTrue();
    assertThat(passes("io.grpc.A")).isFalse();
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
    assertThat(passes("io.grpc.A")).isTrue();
  }

  @Test
  void limitsEachLoggerByItself() {
    assertThat(passes("io.grpc.A")).isTrue();
    assertThat(passes("io.grpc.B")).isTrue();
    assertThat(passes("io.redirectbalancerx.A")).isTrue();
    assertThat(passes("io.redirectbalancerx.A")).isFalse();
  }

  @Test
  void doesNotLimitOurOwnLoggers() {
    for (int i = 0; i < 10; i++) {
      assertThat(passes("io.redirectbalancer.server.RedirectService")).isTrue();
    }
  }

  @Test
  void doesNotLimitDetailsThatWereAskedFor() {
    for (int i = 0; i < 10; i++) {
      assertThat(passes("io.grpc.ChannelLogger", Level.DEBUG)).isTrue();
    }
  }

  private boolean passes(String logger) {
    return passes(logger, Level.WARN);
  }

  private boolean passes(String logger, Level level) {
    LoggingEvent event = new LoggingEvent();
    event.setLoggerName(logger);
    event.setLevel(level);
    return filter.decide(event) != FilterReply.DENY;
  }
}
