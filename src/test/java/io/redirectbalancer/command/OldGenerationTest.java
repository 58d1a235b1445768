package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OldGenerationTest {
  @ParameterizedTest
  @CsvSource({
    // MB in use, MB live after the last collection, collections expected
    "29, 20, 0",
    "31, 20, 1",
    "149, 100, 0",
    "151, 100, 1",
    "11, 0, 0", // nothing collected yet, and little to gain
    "11, 2, 0",
    "13, 2, 1",
  })
  void isCollectedOnceAThirdOfItIsGarbageAndThatIsWorthAPause(
      long usedMegabytes, long liveMegabytes, int expected) {
    AtomicInteger collections = new AtomicInteger();

    new OldGeneration(
            () -> usedMegabytes << 20, () -> liveMegabytes << 20, collections::incrementAndGet)
        .run();

    assertThat(collections).hasValue(expected);
  }
}
