package io.redirectbalancer.control.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.control.store.StoreException.Kind;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class OutageTest {
  private long nanos;
  private final Outage outage = new Outage(() -> nanos);

  @Test
  void whileTheDatabaseIsUpEveryoneEntersAndNobodyTries() {
    assertThat(outage.enter()).isFalse();
    assertThat(outage.enter()).isFalse();
    outage.check();
  }

  @Test
  void whenNoConnectionCanBeMadeNobodyTriesForASecond() {
    assertThat(outage.refused("connection refused"))
        .hasMessage("database: connection refused")
        .returns(Kind.UNAVAILABLE, StoreException::kind);

    nanos += Outage.MEMORY_NANOS - 1;
    assertRejected();
    nanos += 1;
    assertThat(outage.enter()).isTrue();
  }

  @Test
  void oneCallerAtATimeTries() {
    outage.silent("no answer in time");

    assertThat(outage.enter()).isTrue();
    assertRejected();
    outage.endProbe();
    assertThat(outage.enter()).isTrue();
    outage.refused("connection refused");
    assertRejected();
    nanos += Duration.ofSeconds(1).toNanos();
    assertThat(outage.enter()).isTrue();
    outage.up();
    assertThat(outage.enter()).isFalse();
  }

  @Test
  void knowsWhetherSomebodyHadAnAnswer() {
    nanos = 10;
    outage.up();

    assertThat(outage.hasAnsweredSince(10)).isTrue();
    assertThat(outage.hasAnsweredSince(11)).isFalse();
  }

  private void assertRejected() {
    assertThatThrownBy(outage::enter).isInstanceOf(StoreException.class);
    assertThatThrownBy(outage::check).isInstanceOf(StoreException.class);
  }
}
