package io.redirectbalancer.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WrongTokensTest {
  private static final InetAddress CLIENT = address("192.0.2.1");

  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1); // as nanoTime() may be
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final WrongTokens tokens = new WrongTokens(registry, "admin", clock::get);

  @Test
  void fiveAreLookedAtAtOnceAndOneASecondFromThenOn() {
    for (int i = 0; i < 5; i++) {
      assertThat(tokens.delay(CLIENT)).isZero();
      tokens.add(CLIENT);
    }
    for (int i = 0; i < 3; i++) {
      assertThat(tokens.delay(CLIENT)).isEqualTo(seconds(1));
      clock.addAndGet(seconds(1));
      assertThat(tokens.delay(CLIENT)).isZero();
      tokens.add(CLIENT);
    }
  }

  @Test
  void theDelayGrowsToFiveSecondsAndNoFurther() {
    add(CLIENT, 7);
    assertThat(tokens.delay(CLIENT)).isEqualTo(seconds(3));

    add(CLIENT, 100);
    assertThat(tokens.delay(CLIENT)).isEqualTo(seconds(5));
  }

  @Test
  void aClientThatStopsIsForgiven() {
    add(CLIENT, 100);

    clock.addAndGet(seconds(9));
    assertThat(tokens.delay(CLIENT)).isZero();
    add(CLIENT, 5);
    assertThat(tokens.delay(CLIENT)).isEqualTo(seconds(1));
  }

  @Test
  void anotherClientIsNotSlowedDown() {
    add(CLIENT, 100);

    assertThat(tokens.delay(address("192.0.2.2"))).isZero();
  }

  @Test
  void anIpv6ClientIsItsNetwork() {
    add(address("2001:db8:0:1::1"), 100);

    assertThat(tokens.delay(address("2001:db8:0:1:ffff::2"))).isPositive();
    assertThat(tokens.delay(address("2001:db8:0:2::1"))).isZero();
  }

  @Test
  void manyClientsTakeNoMoreMemoryThanAThousand() {
    add(CLIENT, 6);
    for (int i = 0; i < 1024; i++) {
      tokens.add(address("10.0." + i / 256 + "." + i % 256));
    }

    assertThat(tokens.delay(CLIENT)).isZero();
  }

  @Test
  void eachIsCounted() {
    add(CLIENT, 3);
    tokens.add(address("192.0.2.2"));

    assertThat(registry.get("admin.rejected.tokens").counter().count()).isEqualTo(4);
  }

  @Test
  void theLogHasALineASecond() {
    try (CapturedLogs logs = new CapturedLogs()) {
      add(CLIENT, 3);
      clock.addAndGet(seconds(1) - 1);
      add(CLIENT, 1);
      assertThat(logs.ours())
          .singleElement()
          .satisfies(
              line -> {
                assertThat(line.getLevel()).isEqualTo(Level.WARN);
                assertThat(line.getFormattedMessage()).isEqualTo("wrong admin token");
                assertThat(line.getKeyValuePairs())
                    .extracting(pair -> pair.key + "=" + pair.value)
                    .containsExactly("client.address=192.0.2.1", "wrong_tokens=1");
              });

      clock.incrementAndGet();
      add(CLIENT, 2);
      assertThat(logs.ours()).hasSize(2);
      assertThat(logs.ours().get(1).getKeyValuePairs().get(1).value).isEqualTo(4L);
    }
  }

  private void add(InetAddress client, int times) {
    for (int i = 0; i < times; i++) {
      tokens.add(client);
    }
  }

  private static long seconds(int seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
