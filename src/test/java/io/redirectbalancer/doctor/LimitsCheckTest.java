package io.redirectbalancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.doctor.Finding.Level;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LimitsCheckTest {
  private static final long MEBIBYTE = 1L << 20;

  @Test
  void theRecommendedContainerIsEnough() {
    assertThat(new LimitsCheck(Optional.of(800), 1024, mib(160), mib(59), mib(32)).run())
        .containsExactly(
            Finding.ok("descriptors", "ulimit -n is 1024, MAX_CONNECTIONS=800 needs 1000"),
            Finding.ok("memory", "160 MiB of memory; heap 59, buffers 32, the rest some 60"),
            Finding.ok("memory", "the heap has room for 1145 connections"));
  }

  @Test
  void saysWhatDoesNotFit() {
    List<Finding> findings =
        new LimitsCheck(Optional.of(2_000), 1024, mib(160), mib(100), mib(32)).run();

    assertThat(findings)
        .extracting(Finding::level)
        .containsExactly(Level.FAIL, Level.WARN, Level.WARN);
    assertThat(findings)
        .extracting(Finding::text)
        .containsExactly(
            "ulimit -n is 1024, MAX_CONNECTIONS=2000 needs 2200",
            "160 MiB of memory; heap 100, buffers 32, the rest some 60: together more than there is",
            "the heap has room for 1941 connections, MAX_CONNECTIONS=2000");
  }

  @Test
  void aHeapBeyondTheMemoryIsBroken() {
    assertThat(new LimitsCheck(Optional.empty(), 20_000, mib(160), mib(512), mib(32)).run())
        .filteredOn(finding -> finding.level() == Level.FAIL)
        .containsExactly(
            Finding.fail(
                "memory",
                "160 MiB of memory; heap 512, buffers 32, the rest some 60:"
                    + " the heap alone exceeds it",
                "lower -Xmx, or raise the memory limit"));
  }

  @Test
  void fewDescriptorsMeanFewConnections() {
    assertThat(new LimitsCheck(Optional.empty(), 1024, mib(1024), mib(512), mib(200)).run())
        .first()
        .extracting(Finding::level, Finding::text)
        .containsExactly(
            Level.WARN, "ulimit -n is 1024: fewer than 10000 connections will be taken");
  }

  private static long mib(long count) {
    return count * MEBIBYTE;
  }
}
