package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessLimitsTest {
  private static final long MEBIBYTE = 1 << 20;

  @ParameterizedTest
  @CsvSource({
    "160, 32",
    "320, 64",
    "4096, 819",
    "65536, 1024", // more is never needed
  })
  void nettyGetsAFifthOfTheMemory(long memoryMebibytes, long expected) {
    assertThat(ProcessLimits.directBytes(memoryMebibytes * MEBIBYTE) / MEBIBYTE)
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    // MiB of heap, file descriptors, connections expected
    "2048, 1048576, 10000",
    "2048, 1024, 824",
    "2048, 256, 128",
    "64, 1048576, 1242",
    "64, 1024, 824",
    "2048, 1, 1",
  })
  void connectionsAreLimitedByHeapAndDescriptors(
      long heapMebibytes, long descriptors, int expected) {
    assertThat(ProcessLimits.maxConnections(heapMebibytes * MEBIBYTE, descriptors))
        .isEqualTo(expected);
  }

  @Test
  void thisProcessHasLimits() {
    assertThat(ProcessLimits.maxConnections()).isBetween(1, 10_000);
  }
}
