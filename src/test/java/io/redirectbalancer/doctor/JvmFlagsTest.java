package io.redirectbalancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JvmFlagsTest {
  private static final long MEBIBYTE = 1L << 20;

  /** As -XX:+PrintFlagsFinal prints for MaxHeapSize, to a few MiB. */
  @ParameterizedTest
  @CsvSource({"160, 59", "300, 111", "1024, 512", "4096, 2048", "32768, 2048"})
  void reckonsTheHeapOfTheServicesFlags(long memory, long heap) throws IOException {
    var flags = new JvmFlags(Files.readString(Path.of("src/main/jvm/jvm.options")));

    assertThat(flags.heapBytes(memory * MEBIBYTE) / MEBIBYTE).isEqualTo(heap);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                           | 1000",
        "-Xmx512m                     | 512",
        "-Xmx1g -Xmx300M              | 300",
        "-XX:MaxHeapSize=104857600    | 100",
        "-XX:MaxRAMPercentage=75.0    | 3000",
        "-XX:MaxRAM=2000m             | 500",
        "# -Xmx512m                   | 1000",
        "-XX:MaxRAMPercentage=none    | 1000",
      })
  void knowsTheFlagsThatDecide(String flags, long heap) {
    assertThat(new JvmFlags(flags).heapBytes(4000 * MEBIBYTE)).isEqualTo(heap * MEBIBYTE);
  }

  @Test
  void aSmallMachineHasTheOtherShare() {
    assertThat(new JvmFlags("").heapBytes(200 * MEBIBYTE)).isEqualTo(100 * MEBIBYTE);
  }
}
