package io.redirectbalancer.command;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.redirectbalancer.config.ConnectionNeeds;
import java.lang.management.ManagementFactory;

/** What this process may use, derived from the limits of the machine, its container and the JVM. */
final class ProcessLimits {
  /** Prefix of Netty's documented properties, since gRPC shades Netty. */
  private static final String NETTY = "io.grpc.netty.shaded.io.netty.";

  private static final String MAX_DIRECT_MEMORY = NETTY + "maxDirectMemory";
  private static final String DIRECT_ARENAS = NETTY + "allocator.numDirectArenas";
  private static final long ARENA_BYTES = 8 << 20;

  private static final long MAX_DIRECT_BYTES = 1L << 30;

  private ProcessLimits() {}

  /**
   * Limits the memory outside the heap that Netty's buffers take to a fifth of all memory, unless
   * the JVM was started with a limit. Without a limit the buffers could take as much again as the
   * heap, and both together more than a container has. Call it before the first use of Netty.
   *
   * <p>By itself Netty creates no pool below 24 MiB. Here every event loop gets an arena if there
   * are 8 MiB for each, and there is at least one arena.
   */
  static void limitDirectMemory() {
    setUnlessGiven(MAX_DIRECT_MEMORY, directBytes(memoryBytes()));
    long arenas = Long.getLong(MAX_DIRECT_MEMORY, ARENA_BYTES) / ARENA_BYTES;
    int eventLoops = Runtime.getRuntime().availableProcessors();
    setUnlessGiven(DIRECT_ARENAS, Math.max(1, Math.min(eventLoops, arenas)));
  }

  private static void setUnlessGiven(String property, long value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, Long.toString(value));
    }
  }

  static long directBytes(long memoryBytes) {
    return Math.min(memoryBytes / 5, MAX_DIRECT_BYTES);
  }

  /** Returns how many connections may be open by default. */
  static int maxConnections() {
    return maxConnections(Runtime.getRuntime().maxMemory(), maxDescriptors());
  }

  static int maxConnections(long heapBytes, long maxDescriptors) {
    long byMemory = ConnectionNeeds.roomIn(heapBytes);
    long byDescriptors =
        Math.max(maxDescriptors - ConnectionNeeds.OTHER_DESCRIPTORS, maxDescriptors / 2);
    return (int)
        Math.max(1, Math.min(ConnectionNeeds.USUAL_MAX, Math.min(byMemory, byDescriptors)));
  }

  /** Returns the memory of the container, if there is one, or of the machine. */
  static long machineBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  /** Returns the memory of the container, if there is one, or the value of -XX:MaxRAM. */
  private static long memoryBytes() {
    long machine = machineBytes();
    try {
      var virtualMachine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return Math.min(machine, Long.parseLong(virtualMachine.getVMOption("MaxRAM").getValue()));
    } catch (IllegalArgumentException e) {
      return machine; // a JVM without this flag
    }
  }

  static long maxDescriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }
}
