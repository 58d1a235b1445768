package io.redirectbalancer.metrics;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Meters of the process and its JVM: memory, garbage collection, threads, CPU, file descriptors,
 * uptime.
 */
public final class ProcessMetrics implements MeterBinder, AutoCloseable {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";
  private static final String KIBIBYTES = " kB";

  /**
   * Left out, since they take a third of a scrape: CPU usage, which is the rate of {@code
   * process.cpu.time}, and threads by state.
   */
  private static final Set<String> COSTLY =
      Set.of("process.cpu.usage", "system.cpu.usage", "jvm.threads.states");

  private final JvmGcMetrics garbageCollection = new JvmGcMetrics();

  @Override
  public void bindTo(MeterRegistry registry) {
    registry.config().meterFilter(MeterFilter.deny(id -> COSTLY.contains(id.getName())));
    List.of(
            new ClassLoaderMetrics(),
            new JvmInfoMetrics(),
            new JvmMemoryMetrics(),
            garbageCollection,
            new JvmThreadMetrics(),
            new ProcessorMetrics(),
            new FileDescriptorMetrics(),
            new UptimeMetrics())
        .forEach(binder -> binder.bindTo(registry));
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    Gauge.builder("process.memory.limit", system, OperatingSystemMXBean::getTotalMemorySize)
        .description("Memory of the container, if there is one, or of the machine")
        .baseUnit("bytes")
        .strongReference(true)
        .register(registry);
    if (Files.isReadable(STATUS)) {
      Gauge.builder("process.resident.memory", ProcessMetrics::residentBytes)
          .description("Physical memory that the process holds")
          .baseUnit("bytes")
          .register(registry);
    }
  }

  /** Stops listening to garbage collections. */
  @Override
  public void close() {
    garbageCollection.close();
  }

  private static double residentBytes() {
    try {
      String status = Files.readString(STATUS);
      int from = status.indexOf(RESIDENT);
      int to = status.indexOf(KIBIBYTES, from);
      if (from >= 0 && to >= 0) {
        return 1024.0 * Long.parseLong(status.substring(from + RESIDENT.length(), to).strip());
      }
    } catch (IOException e) {
      // No value is better than a wrong one.
    }
    return Double.NaN;
  }
}
