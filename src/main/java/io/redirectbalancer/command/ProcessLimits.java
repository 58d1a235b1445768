package io.redirectbalancer.command;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** What this process may use, from the limits that the machine, its container and the JVM set. */
final class ProcessLimits {
  /** One prefix more than Netty's documents say: gRPC brings its own copy of it. */
  private static final String MAX_DIRECT_MEMORY = "io.grpc.netty.shaded.io.netty.maxDirectMemory";

  private static final long MAX_DIRECT_BYTES = 1L << 30;
  private static final int MAX_CONNECTIONS = 10_000;

  /** An idle connection holds some 27 KB of heap; half of the heap is for them. */
  private static final int CONNECTION_BYTES = 27_000;

  /** For files, the admin port and probes. */
  private static final int OTHER_DESCRIPTORS = 200;

  private ProcessLimits() {}

  /**
   * Limits the memory outside the heap that Netty's buffers take to a fifth of all memory, unless
   * the JVM was started with a limit. Without one it would be as much again as the heap, and then
   * both together more than a container has. Comes before the first use of Netty.
   */
  static void limitDirectMemory() {
    if (System.getProperty(MAX_DIRECT_MEMORY) == null) {
      System.setProperty(MAX_DIRECT_MEMORY, Long.toString(directBytes(memoryBytes())));
    }
  }

  static long directBytes(long memoryBytes) {
    return Math.min(memoryBytes / 5, MAX_DIRECT_BYTES);
  }

  /** How many connections there may be where nobody sets it. */
  static int maxConnections() {
    return maxConnections(Runtime.getRuntime().maxMemory(), maxDescriptors());
  }

  static int maxConnections(long heapBytes, long maxDescriptors) {
    long byMemory = heapBytes / 2 / CONNECTION_BYTES;
    long byDescriptors = Math.max(maxDescriptors - OTHER_DESCRIPTORS, maxDescriptors / 2);
    return (int) Math.max(1, Math.min(MAX_CONNECTIONS, Math.min(byMemory, byDescriptors)));
  }

  /** The container's memory, where there is one, or what -XX:MaxRAM says. */
  private static long memoryBytes() {
    long machine =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    try {
      var virtualMachine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return Math.min(machine, Long.parseLong(virtualMachine.getVMOption("MaxRAM").getValue()));
    } catch (IllegalArgumentException e) {
      return machine; // a JVM without this flag
    }
  }

  private static long maxDescriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }
}
