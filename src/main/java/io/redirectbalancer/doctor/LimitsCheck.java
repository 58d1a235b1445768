package io.redirectbalancer.doctor;

import io.redirectbalancer.config.ConnectionNeeds;
import java.util.List;
import java.util.Optional;

/**
 * Whether memory and file descriptors suffice.
 *
 * @param maxConnections as configured; empty for as many as fit
 * @param descriptors how many files the process may have open
 * @param memoryBytes the memory of the machine or the container
 * @param heapBytes what the heap takes of it at most
 * @param directBytes what buffers outside the heap take at most
 */
public record LimitsCheck(
    Optional<Integer> maxConnections,
    long descriptors,
    long memoryBytes,
    long heapBytes,
    long directBytes) {
  private static final long MEBIBYTE = 1L << 20;

  /** What a process takes beside heap and buffers: classes, compiled code, threads. */
  private static final long OTHER_BYTES = 60 * MEBIBYTE;

  /** Returns a finding on descriptors and one or two on memory. */
  public List<Finding> run() {
    return List.of(files(), memory(), connections());
  }

  private Finding files() {
    String limit = "ulimit -n is " + descriptors;
    if (maxConnections.isEmpty()) {
      int usual = ConnectionNeeds.USUAL_MAX;
      return descriptors < usual + ConnectionNeeds.OTHER_DESCRIPTORS
          ? Finding.warn(
              "descriptors",
              limit + ": fewer than " + usual + " connections will be taken",
              "raise it (LimitNOFILE of systemd, ulimits of Docker) if you need as many")
          : Finding.ok("descriptors", limit);
    }
    long needed = maxConnections.get() + (long) ConnectionNeeds.OTHER_DESCRIPTORS;
    return descriptors < needed
        ? Finding.fail(
            "descriptors",
            limit + ", MAX_CONNECTIONS=" + maxConnections.get() + " needs " + needed,
            "raise it (LimitNOFILE of systemd, ulimits of Docker), or lower MAX_CONNECTIONS")
        : Finding.ok(
            "descriptors",
            limit + ", MAX_CONNECTIONS=" + maxConnections.get() + " needs " + needed);
  }

  private Finding memory() {
    long all = heapBytes + directBytes + OTHER_BYTES;
    String text =
        mebibytes(memoryBytes)
            + " MiB of memory; heap "
            + mebibytes(heapBytes)
            + ", buffers "
            + mebibytes(directBytes)
            + ", the rest some "
            + mebibytes(OTHER_BYTES);
    if (heapBytes >= memoryBytes) {
      return Finding.fail(
          "memory", text + ": the heap alone exceeds it", "lower -Xmx, or raise the memory limit");
    }
    return all > memoryBytes
        ? Finding.warn(
            "memory",
            text + ": together more than there is",
            "raise the memory limit, or lower the heap; 160 MiB are enough with jvm.options")
        : Finding.ok("memory", text);
  }

  private Finding connections() {
    long room = ConnectionNeeds.roomIn(heapBytes);
    String text = "the heap has room for " + room + " connections";
    return maxConnections.isPresent() && maxConnections.get() > room
        ? Finding.warn(
            "memory",
            text + ", MAX_CONNECTIONS=" + maxConnections.get(),
            "raise the memory limit, or lower MAX_CONNECTIONS")
        : Finding.ok("memory", text);
  }

  private static long mebibytes(long bytes) {
    return bytes / MEBIBYTE;
  }
}
